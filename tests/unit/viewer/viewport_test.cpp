// SPDX-License-Identifier: MIT
#include "viewer/viewport.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

constexpr Size kShape{1920, 1080};
constexpr Size kRoom{960, 540};

TEST(Viewport, ShowsAllOfThePictureAtFirst) {
  const Placement at = Viewport().place(kShape, kRoom);
  EXPECT_EQ(at.whole, (Rect{0, 0, 960, 540}));
  EXPECT_DOUBLE_EQ(at.scale, 0.5);
}

TEST(Viewport, PointUnderTheCursorStaysWhereItIs) {
  Viewport view;
  const Point cursor{240, 135};  // a quarter of the picture
  for (const double factor : {2.0, 1.5, 1.25}) {
    view.zoom(factor, cursor, kShape, kRoom);
    const Rect whole = view.place(kShape, kRoom).whole;
    EXPECT_NEAR(static_cast<double>(cursor.x - whole.x) / whole.width, 0.25, 0.002);
    EXPECT_NEAR(static_cast<double>(cursor.y - whole.y) / whole.height, 0.25, 0.002);
  }
}

TEST(Viewport, NeverLeavesRoomEmptyThatThePictureCouldFill) {
  Viewport view;
  view.zoom(4, {0, 0}, kShape, kRoom);
  view.pan(10'000, 10'000, kShape, kRoom);
  EXPECT_EQ(view.place(kShape, kRoom).whole.x, 0);
  EXPECT_EQ(view.place(kShape, kRoom).whole.y, 0);
  view.pan(-10'000, -10'000, kShape, kRoom);
  const Rect whole = view.place(kShape, kRoom).whole;
  EXPECT_EQ(whole.x + whole.width, kRoom.width);
  EXPECT_EQ(whole.y + whole.height, kRoom.height);
}

TEST(Viewport, ZoomingOutEndsWithAllOfIt) {
  Viewport view;
  view.zoom(8, {1, 1}, kShape, kRoom);
  view.zoom(0.01, {900, 500}, kShape, kRoom);
  EXPECT_EQ(view.place(kShape, kRoom).whole, (Rect{0, 0, 960, 540}));
}

TEST(Viewport, OneToOneIsOneToOneForLargeAndSmallPictures) {
  Viewport view;
  view.one_to_one(kShape, kRoom);
  EXPECT_EQ(view.place(kShape, kRoom).whole, (Rect{-480, -270, 1920, 1080}));
  Viewport small;
  small.one_to_one({100, 50}, kRoom);
  EXPECT_EQ(small.place({100, 50}, kRoom).whole, (Rect{430, 245, 100, 50}));
}

TEST(VisiblePart, IsAllOfAPictureThatFits) {
  const Visible part = visible_part({960, 540}, {0, 0, 960, 540}, kRoom);
  EXPECT_EQ(part.from, (Rect{0, 0, 960, 540}));
  EXPECT_EQ(part.to, (Rect{0, 0, 960, 540}));
}

TEST(VisiblePart, IsWholePixelsThatCoverTheRoomAndLittleMore) {
  // 10 window pixels a pixel, 15 of them cut off on the left.
  const Visible part = visible_part({192, 108}, {-15, -5, 1920, 1080}, kRoom);
  EXPECT_EQ(part.from, (Rect{1, 0, 97, 55}));
  EXPECT_EQ(part.to, (Rect{-5, -5, 970, 550}));
}

TEST(VisiblePart, NothingOfAnEmptyPicture) {
  EXPECT_EQ(visible_part({0, 0}, {0, 0, 10, 10}, kRoom).to, Rect{});
}

}  // namespace
}  // namespace latham::viewer
