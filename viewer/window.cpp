// SPDX-License-Identifier: MIT
#include "viewer/window.h"

#include <SDL2/SDL.h>
#include <fmt/format.h>

#include <cstdlib>
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
  SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
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
  renderer_.reset(SDL_CreateRenderer(window_.get(), -1, 0));
  if (!renderer_) refuse("draw in the window");
  SDL_RendererInfo info{};
  if (SDL_GetRendererInfo(renderer_.get(), &info) == 0 && info.name != nullptr)
    renderer_name_ = info.name;
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
  SDL_SetWindowPosition(window_.get(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED);
  SDL_ShowWindow(window_.get());
  stale_ = true;
}

Size Window::room() const {
  Size size;
  if (SDL_GetRendererOutputSize(renderer_.get(), &size.width, &size.height) != 0)
    SDL_GetWindowSize(window_.get(), &size.width, &size.height);
  return size;
}

void Window::draw(const Picture& picture, Size shape) {
  if (!texture_ || !(texture_size_ == picture.size)) {
    texture_.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_ARGB8888,
                                     SDL_TEXTUREACCESS_STREAMING, picture.size.width,
                                     picture.size.height));
    if (!texture_)
      refuse(fmt::format("show a picture of {}x{}", picture.size.width, picture.size.height));
    SDL_SetTextureBlendMode(texture_.get(), SDL_BLENDMODE_NONE);
    texture_size_ = picture.size;
  }
  SDL_UpdateTexture(texture_.get(), nullptr, picture.pixels.data(), picture.stride);
  const Rect at = letterbox(shape, room());
  const SDL_Rect to{at.x, at.y, at.width, at.height};
  SDL_SetRenderDrawColor(renderer_.get(), 0, 0, 0, 255);
  SDL_RenderClear(renderer_.get());
  SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, &to);
  SDL_RenderPresent(renderer_.get());
}

std::vector<Action> Window::take_actions() {
  std::vector<Action> actions;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    switch (event.type) {
      case SDL_QUIT:
        actions.push_back(Action::close);
        break;
      case SDL_KEYDOWN:
        if (event.key.repeat == 0) actions.push_back(action_of(event.key.keysym));
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
  return actions;
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
