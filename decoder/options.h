// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "decoder/source.h"
#include "decoder/video_decoder.h"

namespace latham::decoder {

/// The decoder's command line.
struct Options {
  SourceOptions source;
  VideoOptions video;
  int log_level = 0;                ///< ffmpeg's number.
  std::set<std::uint64_t> skipped;  ///< Packets that kill their codec, by InputPosition::packet.
  bool stop_at_errors = false;
  double rate_of_reading = 0;  ///< -re and -readrate: see Pace.
  bool play = false;           ///< For somebody who watches: see playback.h.
};

/// Throws StageFailure(usage) for values that make no sense.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace latham::decoder
