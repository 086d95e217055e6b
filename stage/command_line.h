// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace latham::stage {

/// A stage's command line, which a spare is handed only later: it is started as `latham-filter @6`, is loaded
/// and linked while the others begin, and then reads from descriptor 6 what it would have been started with.
class CommandLine {
 public:
  /// Reads where it must, until the supervisor has written all of it. Throws std::system_error,
  /// or std::runtime_error where nothing came.
  CommandLine(int argc, char** argv);

  [[nodiscard]] int argc() const noexcept { return static_cast<int>(argv_.size()) - 1; }
  /// argc() texts and a null pointer.
  [[nodiscard]] char** argv() noexcept { return argv_.data(); }

 private:
  std::string late_;  ///< Each text ends with a zero byte.
  std::vector<char*> argv_;
};

}  // namespace latham::stage
