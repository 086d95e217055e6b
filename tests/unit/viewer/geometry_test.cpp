// SPDX-License-Identifier: MIT
#include "viewer/geometry.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

TEST(DisplaySize, WideSamplesStretchTheWidth) {
  EXPECT_EQ(display_size(720, 576, {64, 45}), (Size{1024, 576}));
}

TEST(DisplaySize, TallSamplesStretchTheHeight) {
  EXPECT_EQ(display_size(720, 576, {1, 2}), (Size{720, 1152}));
}

TEST(DisplaySize, UnknownOrAbsurdRatioCountsAsSquare) {
  EXPECT_EQ(display_size(161, 121, {0, 1}), (Size{161, 121}));
  EXPECT_EQ(display_size(161, 121, {1, 0}), (Size{161, 121}));
  EXPECT_EQ(display_size(161, 121, {1000000, 1}), (Size{161, 121}));
}

TEST(Letterbox, WideShapeGetsBarsAboveAndBelow) {
  EXPECT_EQ(letterbox({1920, 1080}, {800, 600}), (Rect{0, 75, 800, 450}));
}

TEST(Letterbox, TallShapeGetsBarsAtTheSides) {
  EXPECT_EQ(letterbox({100, 200}, {300, 200}), (Rect{100, 0, 100, 200}));
}

TEST(Letterbox, SameSizeIsLeftAlone) {
  EXPECT_EQ(letterbox({161, 121}, {161, 121}), (Rect{0, 0, 161, 121}));
}

TEST(Letterbox, NeverLeavesTheRoomNorVanishes) {
  for (int width = 1; width < 60; width += 7) {
    for (int height = 1; height < 60; height += 5) {
      const Rect at = letterbox({1919, 3}, {width, height});
      EXPECT_GE(at.width, 1);
      EXPECT_GE(at.height, 1);
      EXPECT_LE(at.x + at.width, width);
      EXPECT_LE(at.y + at.height, height);
    }
  }
  EXPECT_EQ(letterbox({100, 100}, {0, 0}), (Rect{}));
}

TEST(Fit, SmallerIsLeftAloneAndLargerKeepsItsShape) {
  EXPECT_EQ(fit({640, 360}, {1000, 700}), (Size{640, 360}));
  EXPECT_EQ(fit({3840, 2160}, {960, 700}), (Size{960, 540}));
}

TEST(InPixels, DenseScreensHaveMoreOfThem) {
  EXPECT_EQ(in_pixels({10, 20}, {640, 360}, {1280, 720}), (Point{20, 40}));
  EXPECT_EQ(in_pixels({3, 5}, {640, 360}, {960, 540}), (Point{4, 7}));  // the one that it lies in
  EXPECT_EQ(in_pixels({-1, -1}, {640, 360}, {960, 540}), (Point{-2, -2}));
  EXPECT_EQ(in_pixels({7, 9}, {640, 360}, {640, 360}), (Point{7, 9}));
  EXPECT_EQ(in_pixels({7, 9}, {}, {}), (Point{7, 9}));
}

}  // namespace
}  // namespace latham::viewer
