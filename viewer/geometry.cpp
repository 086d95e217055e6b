// SPDX-License-Identifier: MIT
#include "viewer/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace latham::viewer {
namespace {

constexpr double kMostStretch = 20.0;
constexpr int kLargest = 1 << 20;

int scaled(int length, double by) {
  return static_cast<int>(std::clamp(std::round(length * by), 1.0, double{kLargest}));
}

}  // namespace

Size display_size(int width, int height, AVRational sample_aspect) {
  if (sample_aspect.num <= 0 || sample_aspect.den <= 0) return {width, height};
  const double ratio = av_q2d(sample_aspect);
  if (ratio > kMostStretch || ratio < 1 / kMostStretch) return {width, height};
  if (ratio >= 1) return {scaled(width, ratio), height};
  return {width, scaled(height, 1 / ratio)};
}

Point in_pixels(Point units, Size window, Size pixels) {
  const auto scale = [](int at, int length, int drawn) {
    return length > 0 ? static_cast<int>(std::floor(static_cast<double>(at) * drawn / length)) : at;
  };
  return {scale(units.x, window.width, pixels.width), scale(units.y, window.height, pixels.height)};
}

Size fit(Size wanted, Size most) {
  if (wanted.width <= most.width && wanted.height <= most.height) return wanted;
  const Rect rect = letterbox(wanted, most);
  return {rect.width, rect.height};
}

Rect letterbox(Size shape, Size room) {
  if (shape.width <= 0 || shape.height <= 0 || room.width <= 0 || room.height <= 0) return {};
  const double by = std::min(static_cast<double>(room.width) / shape.width,
                             static_cast<double>(room.height) / shape.height);
  const int width = std::min(scaled(shape.width, by), room.width);
  const int height = std::min(scaled(shape.height, by), room.height);
  return {(room.width - width) / 2, (room.height - height) / 2, width, height};
}

}  // namespace latham::viewer
