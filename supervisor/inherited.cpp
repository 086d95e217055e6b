// SPDX-License-Identifier: MIT
#include "supervisor/inherited.h"

#include <fcntl.h>

#include <string_view>

#include "system/number.h"

namespace latham::supervisor {

bool is_standard_output(const std::string& name) {
  return name == "-" || name == "pipe:" || pipe_number(name) == 1;
}

std::optional<int> pipe_number(const std::string& name) {
  constexpr std::string_view kScheme = "pipe:";
  if (!name.starts_with(kScheme)) return std::nullopt;
  const auto number = parse_number<int>(std::string_view(name).substr(kScheme.size()));
  return number && *number >= 0 ? number : std::nullopt;
}

bool is_descriptor(const std::string& name) {
  return name == "-" || pipe_number(name);
}

UniqueFd inherited(int number) {
  // All that we open ourselves closes on exec; what we were started with cannot.
  const int flags = ::fcntl(number, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) != 0) return {};
  return UniqueFd(::fcntl(number, F_DUPFD_CLOEXEC, 3));
}

}  // namespace latham::supervisor
