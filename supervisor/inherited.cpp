// SPDX-License-Identifier: MIT
#include "supervisor/inherited.h"

#include <fcntl.h>

#include <charconv>
#include <string_view>

namespace latham::supervisor {

bool is_standard_output(const std::string& name) {
  return name == "-" || name == "pipe:" || pipe_number(name) == 1;
}

std::optional<int> pipe_number(const std::string& name) {
  constexpr std::string_view kScheme = "pipe:";
  if (!name.starts_with(kScheme)) return std::nullopt;
  int number = -1;
  const char* const last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + kScheme.size(), last, number);
  if (error != std::errc{} || end != last || number < 0) return std::nullopt;
  return number;
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
