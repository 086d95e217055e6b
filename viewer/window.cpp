// SPDX-License-Identifier: MIT
#include "viewer/window.h"

#include <SDL2/SDL.h>
#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "system/failure.h"

namespace latham::viewer {
namespace {

constexpr int kFirstWidth = 640;
constexpr int kFirstHeight = 360;
/// Of the screen that a new window takes at most: panels and frames want the rest.
constexpr double kShare = 0.9;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// A key that is held down means it again and again.
bool repeats(Action action) {
  switch (action) {
    case Action::zoom_in:
    case Action::zoom_out:
    case Action::back_short:
    case Action::forward_short:
    case Action::back_exact:
    case Action::forward_exact:
    case Action::back_long:
    case Action::forward_long:
    case Action::step:
    case Action::step_back:
    case Action::quieter:
    case Action::louder:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void refuse(const std::string& what) {
  throw StageFailure(FailureKind::failed, fmt::format("{}: {}", what, SDL_GetError()));
}

}  // namespace

VideoSystem::VideoSystem() {
  // SDL would go on to drivers that take over a console or show nothing.
  if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") && !is_set("SDL_VIDEODRIVER"))
    throw StageFailure(FailureKind::failed,
                       "open a window: there is no display; set DISPLAY or WAYLAND_DISPLAY");
  SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
  SDL_SetHint(SDL_HINT_APP_NAME, "latham");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) refuse("open a window");
  SDL_EnableScreenSaver();
}

VideoSystem::~VideoSystem() {
  SDL_Quit();
}

Window::Window(const std::string& title) : title_(title) {
  window_.reset(SDL_CreateWindow(
      title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, kFirstWidth, kFirstHeight,
      SDL_WINDOW_HIDDEN | SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI));
  if (!window_) refuse("open a window");
}

void Window::open(Size wanted) {
  if (open_) return;
  open_ = true;
  SDL_Rect usable{0, 0, wanted.width, wanted.height};
  const int screen = SDL_GetWindowDisplayIndex(window_.get());
  if (SDL_GetDisplayUsableBounds(screen < 0 ? 0 : screen, &usable) == 0)
    wanted =
        fit(wanted, {static_cast<int>(usable.w * kShare), static_cast<int>(usable.h * kShare)});
  SDL_SetWindowSize(window_.get(), wanted.width, wanted.height);
  // Only now: SDL's software renderer draws in the wrong place once a hidden window was resized.
  renderer_.reset(SDL_CreateRenderer(window_.get(), -1, 0));
  if (!renderer_) refuse("draw in the window");
  SDL_RendererInfo info{};
  if (SDL_GetRendererInfo(renderer_.get(), &info) == 0 && info.name != nullptr)
    renderer_name_ = info.name;
  SDL_SetWindowPosition(window_.get(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED);
  SDL_ShowWindow(window_.get());
  stale_ = true;
}

Size Window::room() const {
  Size size;
  if (!renderer_ || SDL_GetRendererOutputSize(renderer_.get(), &size.width, &size.height) != 0)
    SDL_GetWindowSize(window_.get(), &size.width, &size.height);
  return size;
}

double Window::density() const {
  int width = 0;
  SDL_GetWindowSize(window_.get(), &width, nullptr);
  return width > 0 ? static_cast<double>(room().width) / width : 1;
}

void Window::clear() {
  SDL_SetRenderDrawColor(renderer_.get(), 0, 0, 0, 255);
  SDL_RenderClear(renderer_.get());
}

Window::Texture Window::upload(const Picture& picture, Texture reuse, Size had) const {
  if (!reuse || !(had == picture.size)) {
    reuse.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_ARGB8888,
                                  SDL_TEXTUREACCESS_STREAMING, picture.size.width,
                                  picture.size.height));
    if (!reuse)
      refuse(fmt::format("show a picture of {}x{}", picture.size.width, picture.size.height));
    SDL_SetTextureBlendMode(reuse.get(), SDL_BLENDMODE_NONE);
  }
  SDL_UpdateTexture(reuse.get(), nullptr, picture.pixels.data(), picture.size.width * 4);
  return reuse;
}

void Window::draw(const Picture& picture, const Visible& part, bool smooth) {
  texture_ = upload(picture, std::move(texture_), texture_size_);
  texture_size_ = picture.size;
  SDL_SetTextureScaleMode(texture_.get(), smooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest);
  const SDL_Rect from{part.from.x, part.from.y, part.from.width, part.from.height};
  const SDL_Rect to{part.to.x, part.to.y, part.to.width, part.to.height};
  SDL_RenderCopy(renderer_.get(), texture_.get(), &from, &to);
}

void Window::draw(const Picture& picture, const Rect& at) {
  const Texture texture = upload(picture, nullptr, {});
  draw(*texture, at);
}

void Window::draw(SDL_Texture& texture, const Rect& at) {
  const SDL_Rect to{at.x, at.y, at.width, at.height};
  SDL_RenderCopy(renderer_.get(), &texture, nullptr, &to);
}

void Window::blend(const Picture& picture, const Rect& at) {
  const Texture texture = upload(picture, nullptr, {});
  SDL_SetTextureBlendMode(texture.get(), SDL_BLENDMODE_BLEND);
  SDL_SetTextureScaleMode(texture.get(), SDL_ScaleModeLinear);
  draw(*texture, at);
}

void Window::fill(const Rect& rect, std::uint32_t colour) {
  const auto part = [&](int shift) { return static_cast<Uint8>(colour >> shift & 0xFF); };
  SDL_SetRenderDrawBlendMode(renderer_.get(), SDL_BLENDMODE_BLEND);
  SDL_SetRenderDrawColor(renderer_.get(), part(16), part(8), part(0), part(24));
  const SDL_Rect at{rect.x, rect.y, rect.width, rect.height};
  SDL_RenderFillRect(renderer_.get(), &at);
}

Picture Window::drawn() const {
  Picture picture;
  picture.resize(room());
  if (SDL_RenderReadPixels(renderer_.get(), nullptr, SDL_PIXELFORMAT_ARGB8888,
                           picture.pixels.data(), picture.size.width * 4) != 0)
    throw std::runtime_error(fmt::format("read the window: {}", SDL_GetError()));
  return picture;
}

void Window::present() {
  SDL_RenderPresent(renderer_.get());
}

Point Window::scaled(int x, int y) const {
  Size window;
  SDL_GetWindowSize(window_.get(), &window.width, &window.height);
  return in_pixels({x, y}, window, room());
}

void Window::note(const SDL_Event& event, std::vector<Event>& events) {
  switch (event.type) {
    case SDL_QUIT:
      events.push_back({Event::Kind::action, Action::close, {}});
      break;
    case SDL_KEYDOWN: {
      const Action action = action_of(event.key.keysym);
      if (event.key.repeat == 0 || repeats(action))
        events.push_back({Event::Kind::action, action, {}});
      break;
    }
    case SDL_MOUSEWHEEL: {
      int x = 0;
      int y = 0;
      SDL_GetMouseState(&x, &y);
      const int notches =
          event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -event.wheel.y : event.wheel.y;
      events.push_back({Event::Kind::wheel, Action::none, scaled(x, y), 0, notches});
      break;
    }
    case SDL_MOUSEMOTION: {
      const bool pressed = (event.motion.state & SDL_BUTTON_LMASK) != 0;
      const Point at = scaled(event.motion.x, event.motion.y);
      // Not the step by itself: what rounding takes from each would add up.
      const Point from =
          scaled(event.motion.x - event.motion.xrel, event.motion.y - event.motion.yrel);
      events.push_back({pressed ? Event::Kind::drag : Event::Kind::move, Action::none, at,
                        at.x - from.x, at.y - from.y});
      break;
    }
    case SDL_MOUSEBUTTONDOWN:
      if (event.button.button == SDL_BUTTON_LEFT)
        events.push_back(
            {Event::Kind::press, Action::none, scaled(event.button.x, event.button.y)});
      break;
    case SDL_RENDER_DEVICE_RESET:
      texture_.reset();
      stale_ = true;
      break;
    case SDL_RENDER_TARGETS_RESET:
      stale_ = true;
      break;
    case SDL_WINDOWEVENT:
      if (event.window.event == SDL_WINDOWEVENT_EXPOSED ||
          event.window.event == SDL_WINDOWEVENT_SIZE_CHANGED)
        stale_ = true;
      break;
    default:
      break;
  }
}

std::vector<Event> Window::take_events() {
  std::vector<Event> events;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) note(event, events);
  return events;
}

bool Window::take_stale() {
  return std::exchange(stale_, false);
}

void Window::set_title(const std::string& title) {
  if (title == title_) return;
  title_ = title;
  SDL_SetWindowTitle(window_.get(), title.c_str());
}

void Window::toggle_fullscreen() {
  const bool full = (SDL_GetWindowFlags(window_.get()) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
  SDL_SetWindowFullscreen(window_.get(), full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
  stale_ = true;
}

}  // namespace latham::viewer
