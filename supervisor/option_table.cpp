// SPDX-License-Identifier: MIT
#include "supervisor/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "supervisor/failure.h"
#include "system/number.h"

namespace latham::supervisor {
namespace {

std::vector<std::string_view> collect_names(bool two_dashes) {
  std::vector<std::string_view> names;
  const auto add = [&](std::string_view name) {
    if (name.starts_with("--") == two_dashes) names.push_back(name);
  };
  for (const GlobalOption& option : global_options()) add(option.name);
  for (const FileOptionRow& row : file_options()) add(row.name);
  return names;
}

const FileOptionRow* find_row(std::string_view name) {
  const auto rows = file_options();
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const FileOptionRow& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

void refuse_value(const Given& given, std::string_view expected) {
  throw Failure(ExitCode::usage,
                fmt::format("{} '{}': must be {}", given.name, given.value, expected));
}

std::int64_t whole_number(const Given& given, std::int64_t least, std::int64_t most,
                          std::string_view expected) {
  const auto number = parse_number<std::int64_t>(given.value);
  if (!number || *number < least || *number > most) refuse_value(given, expected);
  return *number;
}

const GlobalOption* find_global(std::string_view name) {
  const auto options = global_options();
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const GlobalOption& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

std::optional<FoundFileOption> find_file_option(std::string_view name) {
  if (const FileOptionRow* row = find_row(name)) return FoundFileOption{row, {}};
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const FileOptionRow* row = find_row(name.substr(0, colon));
  if (row == nullptr || row->streams == Streams::none) return std::nullopt;
  return FoundFileOption{row, name.substr(colon)};
}

std::span<const std::string_view> option_names(std::string_view dashes) {
  static const std::vector<std::string_view> one = collect_names(false);
  static const std::vector<std::string_view> two = collect_names(true);
  return dashes == "--" ? two : one;
}

}  // namespace latham::supervisor
