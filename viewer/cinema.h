// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"

namespace latham::viewer {

struct RgbPlanes;

/// The curve of digital cinema (SMPTE ST 428-1), which zimg does not know: makes linear light of its code
/// values, which zimg does know.
class CinemaLight {
 public:
  /// `code`: RGB of the frame as floats, code values of 0 to 1 (RgbPlanes::Sample::light). The result is
  /// planar RGB in floats of the same size, tagged linear, its primaries, sides and what travels with
  /// it the frame's; 1 is the white of cinema, 48 cd/m2. Valid until the next call.
  const AVFrame& of(const AVFrame& frame, const RgbPlanes& code);

 private:
  media::Frame light_;
};

/// Light of a code value: 0 to 52.37 / 48.
[[nodiscard]] float cinema_light(float code) noexcept;

}  // namespace latham::viewer
