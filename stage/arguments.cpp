// SPDX-License-Identifier: MIT
#include "stage/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "system/failure.h"
#include "system/number.h"

namespace latham::stage {

std::string Arguments::get(const std::string& option, const std::string& fallback) const {
  const auto it = values.find(option);
  return it == values.end() ? fallback : it->second;
}

long long Arguments::number(const std::string& option, long long fallback, long long least) const {
  const auto it = values.find(option);
  if (it == values.end()) return fallback;
  const auto value = parse_number<long long>(it->second);
  if (!value || *value < least)
    throw StageFailure(FailureKind::usage, fmt::format("-{} {}: must be a whole number, {} or more",
                                                       option, it->second, least));
  return *value;
}

double Arguments::real(const std::string& option, double fallback) const {
  const auto it = values.find(option);
  if (it == values.end()) return fallback;
  const auto value = parse_number<double>(it->second);
  if (!value || !(*value >= 0))
    throw StageFailure(FailureKind::usage,
                       fmt::format("-{} {}: must be a number, 0 or more", option, it->second));
  return *value;
}

int Arguments::log_level() const {
  constexpr long long kFatal = 8;
  constexpr long long kQuiet = -8;
  return static_cast<int>(std::min<long long>(number("loglevel", kFatal, kQuiet), INT_MAX));
}

Arguments parse_arguments(int argc, char** argv, const std::set<std::string>& with_value,
                          const std::set<std::string>& flags) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.size() < 2 || word[0] != '-') {
      out.names.push_back(word);
      continue;
    }
    const std::string option = word.substr(1);
    if (flags.count(option) != 0) {
      out.values.insert_or_assign(option, std::string(1, '1'));
      continue;
    }
    if (i + 1 >= argc)
      throw StageFailure(FailureKind::usage, fmt::format("{}: needs a value", word));
    const std::string value = argv[++i];
    if (with_value.count(option) != 0)
      out.values[option] = value;
    else
      out.avoptions.emplace_back(option, value);
  }
  return out;
}

}  // namespace latham::stage
