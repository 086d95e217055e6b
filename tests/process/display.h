// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// Whether there is such a command.
[[nodiscard]] bool is_installed(const std::string& program);

/// A screen of its own that nobody sees: Xvfb, whose pixels lie in a file. While it lives DISPLAY
/// and SDL's drivers are set in this process, for its children.
class Display {
 public:
  static constexpr int kWidth = 1024;
  static constexpr int kHeight = 768;

  /// Null where this machine has no Xvfb or xdotool.
  static std::unique_ptr<Display> start();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  ~Display();

  /// Red, green, blue of one pixel, as the screen shows it now.
  [[nodiscard]] std::array<int, 3> pixel(int x, int y) const;

  /// How many pixels of that part of the screen are brighter than the middle.
  [[nodiscard]] int bright(int x, int y, int width, int height) const;

  /// A number that stands for all that is on the screen.
  [[nodiscard]] std::size_t hash() const;

  /// The server answers nobody until it is let go; no other call here then but pixel() and its like.
  void hold(bool held) const;

  /// The title of the viewer's window, or "" where there is none.
  [[nodiscard]] std::string title() const;
  /// How many windows of the viewer there are.
  [[nodiscard]] int windows() const;
  /// Moves and presses the mouse by xdotool's words.
  void mouse(const std::string& actions) const;
  /// Types keys, as xdotool names them, into the window in the middle of the screen.
  void key(const std::string& names) const;

 private:
  Display() = default;
  /// The screen's file from there on; false where it cannot be read.
  bool read(int x, int y, void* to, std::size_t bytes) const;

  TempDir dir_;
  pid_t server_ = -1;
};

}  // namespace latham::test
