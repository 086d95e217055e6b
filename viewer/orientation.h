// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/frame_meta.h"
#include "viewer/geometry.h"

namespace latham::viewer {

/// How a picture must be turned to stand upright: quarter turns and mirrors. A camera that was held
/// at another angle is shown by the nearest of them.
struct Orientation {
  bool transposed = false;  ///< First: rows become columns.
  bool flip_x = false;      ///< Then: left and right of what is shown change places.
  bool flip_y = false;
  bool operator==(const Orientation&) const = default;

  /// Of the picture as it is shown.
  [[nodiscard]] Size turned(Size size) const {
    return transposed ? Size{size.height, size.width} : size;
  }
  /// Where in a frame of that size the pixel lies that is shown at `x`, `y`.
  [[nodiscard]] Point source_of(Point shown, Size frame) const {
    const int across = flip_x ? turned(frame).width - 1 - shown.x : shown.x;
    const int down = flip_y ? turned(frame).height - 1 - shown.y : shown.y;
    return transposed ? Point{down, across} : Point{across, down};
  }
};

/// By the frame's own display matrix, or else the stream's.
[[nodiscard]] Orientation orientation_of(const AVFrame& frame, const media::StreamNote& note);

}  // namespace latham::viewer
