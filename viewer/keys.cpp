// SPDX-License-Identifier: MIT
#include "viewer/keys.h"

#include <SDL2/SDL_keycode.h>

namespace latham::viewer {

Action action_of(const SDL_Keysym& key) {
  if ((key.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) != 0) return Action::none;
  const bool shift = (key.mod & KMOD_SHIFT) != 0;
  switch (key.sym) {
    case SDLK_q:
    case SDLK_ESCAPE:
      return Action::close;
    case SDLK_SPACE:
      return Action::pause;
    case SDLK_f:
      return Action::fullscreen;
    case SDLK_s:
      return shift ? Action::stop : Action::screenshot;
    case SDLK_i:
      return Action::info;
    case SDLK_y:
      return Action::yes;
    default:
      return Action::none;
  }
}

}  // namespace latham::viewer
