// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "stage/stage.h"

namespace latham::viewer {

struct PlayOptions {
  std::string title;
  std::int64_t duration_us = 0;  ///< As the container claims; 0 where unknown.
  std::int64_t start_us = 0;
  bool loop = false;
};

/// Plays what a decoder sends until the window is closed: every frame of its edge in its time, sound
/// beside. Where to go on is asked of the decoder by `seek`.
stage::Counters play(stage::Stage& stage, const PlayOptions& options);

}  // namespace latham::viewer
