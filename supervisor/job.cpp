// SPDX-License-Identifier: MIT
#include "supervisor/job.h"

#include <algorithm>

#include "system/number.h"

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
  return parse_number<std::int64_t>(value_of(options, name));
}

}  // namespace latham::supervisor
