// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_keyboard.h>

#include <cstdint>

namespace latham::viewer {

enum class Action : std::uint8_t {
  none,
  close,  ///< Of the window; the job goes on.
  pause,  ///< Or resume the job.
  fullscreen,
  screenshot,
  info,
  stop,  ///< The job, after a question.
  yes,   ///< To the question; any other key says no.
};

/// mpv's keys where it has one.
[[nodiscard]] Action action_of(const SDL_Keysym& key);

}  // namespace latham::viewer
