// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace latham::stage {

/// A stage's command line in ffmpeg's spelling: `-flag`, `-option value`, names. What a stage does not
/// know itself is an AVOption, which always has a value. What the supervisor alone may say has two dashes, so that no
/// word of a user can be taken for it; the second belongs to its name here: "-read-all".
struct Arguments {
  std::map<std::string, std::string> values;  ///< Of the options in `with_value`; flags map to "1".
  std::vector<std::pair<std::string, std::string>> avoptions;
  std::vector<std::string> names;  ///< Everything that is not an option; "-" counts as a name.

  [[nodiscard]] bool has(const std::string& option) const { return values.count(option) != 0; }
  [[nodiscard]] std::string get(const std::string& option, const std::string& fallback = "") const;
  /// The option as a whole number from `least`; throws StageFailure(usage) for anything else.
  [[nodiscard]] long long number(const std::string& option, long long fallback,
                                 long long least) const;
  /// -loglevel as ffmpeg's number, that of fatal where it was not given; throws as number() does.
  [[nodiscard]] int log_level() const;
  /// The option as a number of 0 or more, `fallback` where it was not given; throws as number() does.
  [[nodiscard]] double real(const std::string& option, double fallback) const;
};

/// Throws StageFailure(usage) where an option lacks its value.
[[nodiscard]] Arguments parse_arguments(int argc, char** argv,
                                        const std::set<std::string>& with_value,
                                        const std::set<std::string>& flags);

}  // namespace latham::stage
