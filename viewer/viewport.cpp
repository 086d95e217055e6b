// SPDX-License-Identifier: MIT
#include "viewer/viewport.h"

#include <algorithm>
#include <cmath>

namespace latham::viewer {
namespace {

constexpr double kMostScale = 64;

double fitting_scale(Size shape, Size room) {
  if (shape.width <= 0 || shape.height <= 0) return 1;
  return std::min(static_cast<double>(room.width) / shape.width,
                  static_cast<double>(room.height) / shape.height);
}

/// Where one side of the picture starts: in the middle where it fits, else so that `middle` of it is
/// in the middle of the room and no room is wasted.
int start(int whole, int room, double middle) {
  if (whole <= room) return (room - whole) / 2;
  const double wanted = room / 2.0 - middle * whole;
  return static_cast<int>(std::lround(std::clamp(wanted, static_cast<double>(room - whole), 0.0)));
}

struct Span {
  int from;
  int from_length;
  int to;
  int to_length;
};

/// One direction: whole texture pixels, a little more than what is seen.
Span seen(int texture, int start_at, int whole, int room) {
  const double each = static_cast<double>(whole) / texture;
  const int first = std::clamp(static_cast<int>(std::floor(-start_at / each)), 0, texture - 1);
  const int last =
      std::clamp(static_cast<int>(std::ceil((room - start_at) / each)), first + 1, texture);
  const int to = start_at + static_cast<int>(std::lround(first * each));
  const int end = start_at + static_cast<int>(std::lround(last * each));
  return {first, last - first, to, std::max(end - to, 1)};
}

}  // namespace

void Viewport::set_scale(double scale, Point cursor, Size shape, Size room) {
  const Rect before = place(shape, room).whole;
  const double least = fitting_scale(shape, room);
  if (scale <= least) {
    fit();
    return;
  }
  scale_ = std::min(scale, std::max(kMostScale, least));
  // The point under the cursor, and then the middle that leaves it there.
  const double at_x = static_cast<double>(cursor.x - before.x) / std::max(before.width, 1);
  const double at_y = static_cast<double>(cursor.y - before.y) / std::max(before.height, 1);
  x_ = at_x - (cursor.x - room.width / 2.0) / (*scale_ * shape.width);
  y_ = at_y - (cursor.y - room.height / 2.0) / (*scale_ * shape.height);
  pan(0, 0, shape, room);
}

void Viewport::one_to_one(Size shape, Size room) {
  // Smaller than the window is allowed here: the picture is then not blown up.
  x_ = y_ = 0.5;
  if (scale_ != 1.0) {
    set_scale(1, {room.width / 2, room.height / 2}, shape, room);
    scale_ = 1;
  }
}

void Viewport::zoom(double factor, Point cursor, Size shape, Size room) {
  set_scale(place(shape, room).scale * factor, cursor, shape, room);
}

void Viewport::pan(int dx, int dy, Size shape, Size room) {
  if (!scale_) return;
  const auto moved = [&](double middle, int by, int length, int room_length) {
    const double whole = *scale_ * length;
    const double half = std::min(room_length / 2.0 / whole, 0.5);
    return std::clamp(middle - by / whole, half, 1 - half);
  };
  x_ = moved(x_, dx, shape.width, room.width);
  y_ = moved(y_, dy, shape.height, room.height);
}

Placement Viewport::place(Size shape, Size room) const {
  if (!scale_) {
    const Rect whole = letterbox(shape, room);
    return {whole, fitting_scale(shape, room)};
  }
  const int width = std::max(static_cast<int>(std::lround(shape.width * *scale_)), 1);
  const int height = std::max(static_cast<int>(std::lround(shape.height * *scale_)), 1);
  return {{start(width, room.width, x_), start(height, room.height, y_), width, height}, *scale_};
}

Visible visible_part(Size texture, const Rect& whole, Size room) {
  if (texture.width <= 0 || texture.height <= 0 || whole.width <= 0 || whole.height <= 0) return {};
  const Span across = seen(texture.width, whole.x, whole.width, room.width);
  const Span down = seen(texture.height, whole.y, whole.height, room.height);
  return {{across.from, down.from, across.from_length, down.from_length},
          {across.to, down.to, across.to_length, down.to_length}};
}

}  // namespace latham::viewer
