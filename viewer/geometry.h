// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"

namespace latham::viewer {

struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

struct Point {
  int x = 0;
  int y = 0;
  bool operator==(const Point&) const = default;
};

struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  bool operator==(const Rect&) const = default;
};

/// The size that a frame wants on square pixels: one side is stretched by its sample aspect ratio,
/// never shrunk, so that no detail is lost. An unknown or absurd ratio counts as 1:1.
[[nodiscard]] Size display_size(int width, int height, AVRational sample_aspect);

/// The largest rectangle of that shape inside `room`, centred; black goes around it.
[[nodiscard]] Rect letterbox(Size shape, Size room);

/// A place in a window's own units, in the pixels that it is drawn with: on a dense screen there are
/// more of these.
[[nodiscard]] Point in_pixels(Point units, Size window, Size pixels);

/// `wanted`, or the largest size of its shape that fits into `most`.
[[nodiscard]] Size fit(Size wanted, Size most);

}  // namespace latham::viewer
