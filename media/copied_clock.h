// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"

namespace latham::media {

/// The time base of a stream that is copied. Some containers count pictures rather than time, and are given
/// what FFmpeg finds out of the codec's own clock: in the input's 1/15360 AVI would hold a picture and hundreds
/// of gaps.
struct CopiedClock {
  AVRational usual{0, 1};
  AVRational in_avi{0, 1};
  AVRational at_constant_rate{
      0, 1};  ///< Where every picture lasts as long as the next: MPEG-PS, MXF, DV.
};

/// Of an opened input's stream.
[[nodiscard]] CopiedClock copied_clock(const AVStream& stream);
/// The one of them that the container is given.
[[nodiscard]] AVRational time_base_in(const AVOutputFormat& container, const CopiedClock& clock);

}  // namespace latham::media
