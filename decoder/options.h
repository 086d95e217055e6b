// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "decoder/source.h"
#include "decoder/video_decoder.h"

namespace latham::decoder {

/// The decoder's command line.
struct Options {
  SourceOptions source;
  VideoOptions video;
  std::string log_level;
  bool stop_at_errors = false;
  bool play = false;  ///< For somebody who watches: see playback.h.
};

/// Throws StageFailure(usage) for values that make no sense.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace latham::decoder
