// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "viewer/geometry.h"

namespace latham::viewer {

/// Where the whole picture lies in the window's pixels; parts of it may be outside.
struct Placement {
  Rect whole;
  double scale = 1;  ///< Window pixels for one pixel of the shape.
};

/// A part of a texture and where it is drawn.
struct Visible {
  Rect from;
  Rect to;
};

/// What the user looks at: all of the picture, or a part of it at some scale.
class Viewport {
 public:
  void fit() { scale_.reset(); }
  /// One pixel of the shape for one of the window, about the point in the middle.
  void one_to_one(Size shape, Size room);
  /// The pixel under `cursor` stays there. Between "all of it" and 64 to 1.
  void zoom(double factor, Point cursor, Size shape, Size room);
  void pan(int dx, int dy, Size shape, Size room);

  /// `shape` is the size that the picture wants on square pixels.
  [[nodiscard]] Placement place(Size shape, Size room) const;

 private:
  void set_scale(double scale, Point cursor, Size shape, Size room);

  std::optional<double> scale_;  ///< Nothing: all of the picture.
  double x_ = 0.5;  ///< What lies in the middle of the window, in parts of the picture.
  double y_ = 0.5;
};

/// The part of a texture of that size, stretched over `whole`, that is seen in the room.
[[nodiscard]] Visible visible_part(Size texture, const Rect& whole, Size room);

}  // namespace latham::viewer
