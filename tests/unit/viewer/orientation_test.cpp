// SPDX-License-Identifier: MIT
#include "viewer/orientation.h"

#include <gtest/gtest.h>

extern "C" {
#include <libavutil/display.h>
}

namespace latham::viewer {
namespace {

Orientation turned_by(double degrees, bool mirrored = false) {
  const media::Frame frame = media::make_frame();
  media::StreamNote note;
  note.has_display_matrix = true;
  av_display_rotation_set(note.display_matrix, degrees);
  if (mirrored) av_display_matrix_flip(note.display_matrix, 1, 0);
  return orientation_of(*frame, note);
}

TEST(Orientation, WithoutAMatrixNothingIsTurned) {
  EXPECT_EQ(orientation_of(*media::make_frame(), {}), Orientation{});
  EXPECT_EQ(turned_by(0), Orientation{});
}

TEST(Orientation, UpperLeftGoesWhereTheTurnTakesIt) {
  const Size frame{4, 2};
  // Clockwise, as a phone held upright needs it: the upper right shows the frame's upper left.
  EXPECT_EQ(turned_by(90).source_of({1, 0}, frame), (Point{0, 0}));
  EXPECT_EQ(turned_by(90).turned(frame), (Size{2, 4}));
  EXPECT_EQ(turned_by(180).source_of({3, 1}, frame), (Point{0, 0}));
  EXPECT_EQ(turned_by(-90).source_of({0, 3}, frame), (Point{0, 0}));
}

TEST(Orientation, MirrorTurnsLeftAndRight) {
  EXPECT_EQ(turned_by(0, true).source_of({3, 0}, {4, 2}), (Point{0, 0}));
}

TEST(Orientation, CrookedAngleIsShownByTheNearestQuarter) {
  EXPECT_EQ(turned_by(7), Orientation{});
  EXPECT_EQ(turned_by(85), turned_by(90));
}

}  // namespace
}  // namespace latham::viewer
