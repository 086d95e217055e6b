// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_ttf.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "viewer/geometry.h"
#include "viewer/window.h"

namespace latham::viewer {

/// Draws lines of text in the window, in a font of the system. Without one nothing is drawn and
/// is_there() says so: pictures are worth more than their labels.
class Text {
 public:
  explicit Text(Window& window);
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text();

  [[nodiscard]] bool is_there() const noexcept { return font_ != nullptr; }
  /// Of one line, in pixels of the window.
  [[nodiscard]] Size size(std::span<const std::string> lines);
  /// Lines on a dark ground, its upper left corner at `at`.
  void panel(std::span<const std::string> lines, Point at);
  [[nodiscard]] Size panel_size(std::span<const std::string> lines);

 private:
  struct Line;
  const Line& line(const std::string& text);

  Window& window_;
  TTF_Font* font_ = nullptr;
  int line_height_ = 0;
  std::map<std::string, std::unique_ptr<Line>> lines_;
};

}  // namespace latham::viewer
