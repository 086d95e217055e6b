// SPDX-License-Identifier: MIT
#include "viewer/title.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

TEST(Title, NamesTheFileWithoutItsFolder) {
  EXPECT_EQ(title_of({.name = "/films/clip.mkv"}), "clip.mkv - latham");
  EXPECT_EQ(title_of({.name = "-"}), "- - latham");
}

TEST(Title, ShowsTimeLengthAndSpeed) {
  EXPECT_EQ(title_of({.name = "a", .seconds = 12.9, .duration_seconds = 3825, .fps = 117.6}),
            "a  0:12 / 1:03:45  118 fps - latham");
}

TEST(Title, LeavesOutALengthThatIsPassed) {
  EXPECT_EQ(title_of({.name = "a", .seconds = 90, .duration_seconds = 5}), "a  1:30 - latham");
}

TEST(Title, SaysPausedEndedAndAsks) {
  EXPECT_EQ(title_of({.name = "a", .fps = 5, .paused = true}), "a  [paused] - latham");
  EXPECT_EQ(title_of({.name = "a", .fps = 5, .paused = true, .ended = true}),
            "a  [ended] - latham");
  EXPECT_EQ(title_of({.name = "a", .asking_to_stop = true}), "a  stop the job here? y/n - latham");
}

TEST(Title, KeepsControlCharactersFromTheWindowManager) {
  EXPECT_EQ(title_of({.name = "a\n\x1b[2J"}), "a??[2J - latham");
}

TEST(FpsMeter, CountsFramesThatWereSkippedToo) {
  FpsMeter meter;
  meter.note(1, 10.0);
  EXPECT_FALSE(meter.fps());
  meter.note(30, 10.5);
  EXPECT_FALSE(meter.fps());
  meter.note(121, 11.0);
  ASSERT_TRUE(meter.fps());
  EXPECT_DOUBLE_EQ(*meter.fps(), 120.0);
}

}  // namespace
}  // namespace latham::viewer
