// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_keyboard.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace latham::viewer {

enum class Action : std::uint8_t {
  none,
  // Any window.
  close,
  pause,  ///< The job, or the playback; and go on.
  fullscreen,
  screenshot,         ///< Of the frames.
  window_screenshot,  ///< Of what is seen of them.
  info,
  help,
  zoom_in,
  zoom_out,
  one_to_one,
  fit,
  pixel_values,
  histogram,
  waveform,
  vectorscope,
  yes,  ///< To a question; any other action says no.
  no,
  // A job's.
  compare,  ///< The next way to look at source and output.
  swap,     ///< Their sides.
  stop,     ///< The job, after a question.
  // A file's.
  back_short,
  forward_short,
  back_exact,
  forward_exact,
  back_long,
  forward_long,
  to_start,
  step,
  step_back,
  slower,
  faster,
  half_speed,
  double_speed,
  normal_speed,
  loop,
  quieter,
  louder,
  mute,
  next_audio,
  next_subtitles,
  subtitles_shown,
};

enum class Use : std::uint8_t { any, job, file };

/// A key and what it does, as `?` shows it.
struct Key {
  std::string_view name;
  std::string_view does;
  Use use;
};
[[nodiscard]] std::span<const Key> keys();

/// How far such an action goes in a file, in microseconds; 0 for all others.
[[nodiscard]] std::int64_t jump_of(Action action);

/// mpv's keys where it has one.
[[nodiscard]] Action action_of(const SDL_Keysym& key);

}  // namespace latham::viewer
