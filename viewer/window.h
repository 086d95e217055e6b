// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_render.h>
#include <SDL2/SDL_video.h>

#include <memory>
#include <string>
#include <vector>

#include "viewer/geometry.h"
#include "viewer/keys.h"
#include "viewer/picture.h"

namespace latham::viewer {

/// SDL's video part, for as long as this lives.
class VideoSystem {
 public:
  /// Throws StageFailure where there is no display.
  VideoSystem();
  VideoSystem(const VideoSystem&) = delete;
  VideoSystem& operator=(const VideoSystem&) = delete;
  ~VideoSystem();
};

/// The window: one picture, letterboxed. Hidden until the first picture says how large it wants to
/// be. Thread-safety: the main thread.
class Window {
 public:
  explicit Window(const std::string& title);

  /// Shows the window, as large as `wanted` where the screen has room. Once.
  void open(Size wanted);
  [[nodiscard]] bool is_open() const noexcept { return open_; }

  /// Pixels that can be drawn on, which are not the window's units on a dense screen.
  [[nodiscard]] Size room() const;
  /// Draws the picture in the shape that it wants.
  void draw(const Picture& picture, Size shape);

  /// What the user did since the last call. `close` for the window's own button too.
  [[nodiscard]] std::vector<Action> take_actions();
  /// The window's content was lost or its size has changed: draw again. Asks once.
  [[nodiscard]] bool take_stale();

  void set_title(const std::string& title);
  void toggle_fullscreen();
  /// The name of SDL's renderer: "opengl", "software".
  [[nodiscard]] const std::string& renderer_name() const noexcept { return renderer_name_; }

 private:
  struct Destroy {
    void operator()(SDL_Window* p) const noexcept { SDL_DestroyWindow(p); }
    void operator()(SDL_Renderer* p) const noexcept { SDL_DestroyRenderer(p); }
    void operator()(SDL_Texture* p) const noexcept { SDL_DestroyTexture(p); }
  };

  VideoSystem system_;
  std::unique_ptr<SDL_Window, Destroy> window_;
  std::unique_ptr<SDL_Renderer, Destroy> renderer_;
  std::unique_ptr<SDL_Texture, Destroy> texture_;
  Size texture_size_;
  std::string title_;
  std::string renderer_name_;
  bool open_ = false;
  bool stale_ = false;
};

}  // namespace latham::viewer
