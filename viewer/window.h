// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_events.h>
#include <SDL2/SDL_render.h>
#include <SDL2/SDL_video.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "viewer/geometry.h"
#include "viewer/keys.h"
#include "viewer/picture.h"
#include "viewer/viewport.h"

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

/// What the user did. Places are in pixels of the window, as Window::room() counts them.
struct Event {
  enum class Kind : std::uint8_t { action, wheel, move, drag, press };
  Kind kind = Kind::action;
  Action action = Action::none;
  Point at;
  int dx = 0;  ///< drag: by so much; wheel: dy notches, up is positive.
  int dy = 0;
};

/// The window and what is drawn in it. Hidden until the first picture says how large it wants to be.
/// Thread-safety: the main thread.
class Window {
 public:
  explicit Window(const std::string& title);

  /// Shows the window, as large as `wanted` where the screen has room. Once.
  void open(Size wanted);
  [[nodiscard]] bool is_open() const noexcept { return open_; }

  /// Pixels that can be drawn on, which are not the window's units on a dense screen.
  [[nodiscard]] Size room() const;
  /// Of them for one of the window's units.
  [[nodiscard]] double density() const;

  // ---- drawing: clear, anything, present ----
  void clear();
  /// A part of the picture, stretched where the sizes differ: smoothly, or pixel by pixel.
  void draw(const Picture& picture, const Visible& part, bool smooth);
  /// A small picture, pixel by pixel.
  void draw(const Picture& picture, const Rect& at);
  void draw(SDL_Texture& texture, const Rect& at);
  /// A picture whose pixels carry alpha, stretched to `at`, over what is there.
  void blend(const Picture& picture, const Rect& at);
  /// 0xAARRGGBB over what is there.
  void fill(const Rect& rect, std::uint32_t colour);
  /// What was drawn since clear(), which is nothing any more once it is presented.
  [[nodiscard]] Picture drawn() const;
  void present();
  [[nodiscard]] SDL_Renderer& renderer() noexcept { return *renderer_; }

  /// What the user did since the last call. `close` for the window's own button too.
  [[nodiscard]] std::vector<Event> take_events();
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
  using Texture = std::unique_ptr<SDL_Texture, Destroy>;

  [[nodiscard]] Texture upload(const Picture& picture, Texture reuse, Size had) const;
  void note(const SDL_Event& event, std::vector<Event>& events);
  [[nodiscard]] Point scaled(int x, int y) const;

  VideoSystem system_;
  std::unique_ptr<SDL_Window, Destroy> window_;
  std::unique_ptr<SDL_Renderer, Destroy> renderer_;
  Texture texture_;
  Size texture_size_;
  std::string title_;
  std::string renderer_name_;
  bool open_ = false;
  bool stale_ = false;
};

}  // namespace latham::viewer
