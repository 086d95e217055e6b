// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string_view>

namespace latham::supervisor {

/// Where the user reads: a terminal, a file, a pipe to a program. No job depends on it. Where nobody can read any more
/// (a closed terminal, a full disk) what is said is lost; a reader that leaves its pipe full for two seconds loses what
/// is said until there is room again.
class Console {
 public:
  explicit Console(std::FILE* out) noexcept : fd_(::fileno(out)) {}

  /// Says something now.
  void say(std::string_view text) noexcept { write(text, !is_stuck_); }
  /// Says what is out of date in a moment: not at all where there is no room.
  void show(std::string_view text) noexcept { write(text, false); }

  [[nodiscard]] bool is_terminal() const noexcept;
  /// How many a terminal's line has; asked for each time, since a window's size changes.
  [[nodiscard]] std::size_t columns() const noexcept;

 private:
  void write(std::string_view text, bool patient) noexcept;
  [[nodiscard]] bool has_room(bool patient) noexcept;

  int fd_;
  bool is_stuck_ = false;  ///< Its reader was waited for in vain.
};

}  // namespace latham::supervisor
