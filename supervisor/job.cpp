// SPDX-License-Identifier: MIT
#include "supervisor/job.h"

#include <algorithm>
#include <charconv>

namespace latham::supervisor {
namespace {

auto last(const FileOptions& options, std::string_view name) {
  return std::find_if(options.rbegin(), options.rend(),
                      [&](const FileOption& option) { return option.name == name; });
}

}  // namespace

bool has(const FileOptions& options, std::string_view name) {
  return last(options, name) != options.rend();
}

std::string value_of(const FileOptions& options, std::string_view name) {
  const auto found = last(options, name);
  return found == options.rend() ? std::string() : found->value.value_or("");
}

std::optional<std::int64_t> number_of(const FileOptions& options, std::string_view name) {
  const std::string value = value_of(options, name);
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace latham::supervisor
