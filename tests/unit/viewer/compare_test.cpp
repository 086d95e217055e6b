// SPDX-License-Identifier: MIT
#include "viewer/compare.h"

#include <gtest/gtest.h>

#include "tests/unit/viewer/flat_frame.h"

namespace latham::viewer {
namespace {

TEST(Compare, SplitHasOneLeftTheOtherRightAndALine) {
  Picture out;
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), 3, out);
  EXPECT_EQ(out.at(2, 1), 0xFF111111U);
  EXPECT_EQ(out.at(3, 1), 0xFFFFFFFFU);
  EXPECT_EQ(out.at(4, 1), 0xFF222222U);
}

TEST(Compare, SplitOutsideThePictureShowsOneOfThem) {
  Picture out;
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), -5, out);
  EXPECT_EQ(out.pixels, plain({8, 2}, 0xFF222222).pixels);
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), 99, out);
  EXPECT_EQ(out.pixels, plain({8, 2}, 0xFF111111).pixels);
}

TEST(Compare, DifferenceIsFourfoldAndBounded) {
  Picture out;
  difference(plain({2, 1}, 0xFF102030), plain({2, 1}, 0xFF1020FF), out);
  EXPECT_EQ(out.at(0, 0), 0xFF0000FFU);
  difference(plain({2, 1}, 0xFF102030), plain({2, 1}, 0xFF112030), out);
  EXPECT_EQ(out.at(1, 0), 0xFF040000U);
}

TEST(Compare, CycleComesBackToTheOutput) {
  Compare mode = Compare::output;
  for (int i = 0; i < 5; ++i) mode = next(mode);
  EXPECT_EQ(mode, Compare::output);
}

}  // namespace
}  // namespace latham::viewer
