// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "encoder/stream_options.h"

namespace latham::encoder {

/// What the command line says of sound that is encoded anew.
struct AudioOptions {
  std::string filter = "anull";  ///< -af
  std::string sample_format;     ///< -sample_fmt; empty where not given.
  std::string layout;            ///< -channel_layout; empty where not given.
  int rate = 0;                  ///< -ar, hertz; 0 where not given.
  int channels = 0;              ///< -ac; 0 where not given.
  double quality = -1;           ///< -q:a; -1 where not given.
};

/// What the options say of this stream of the output. Throws StageFailure(usage) for names and numbers
/// that make no sense.
[[nodiscard]] AudioOptions audio_options(const StreamOptions& options, AVFormatContext& output,
                                         AVStream& stream);

/// What may be delivered to `codec`, as options of the aformat filter: what the user asked for, else
/// anything that the codec takes.
[[nodiscard]] std::string accepted_sound(const AVCodec& codec, const AudioOptions& options);

}  // namespace latham::encoder
