// SPDX-License-Identifier: MIT
#include "encoder/forced_keys.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "system/failure.h"

namespace latham::test {
namespace {

using encoder::ForcedKeys;

/// The pictures, of 10 at 10 a second, that are forced; the input's own key frames are 0, 4 and 8.
std::vector<int> forced(const std::string& given, const std::vector<std::int64_t>& chapters = {},
                        std::int64_t first_pts = 0) {
  ForcedKeys keys(given);
  keys.begin({1, 10}, chapters);
  std::vector<int> at;
  for (int i = 0; i < 10; ++i) {
    keys.frame(false);
    if (keys.next(first_pts + i, i % 4 == 0, false)) at.push_back(i);
  }
  return at;
}
using At = std::vector<int>;

TEST(ForcedKeys, NoneWithoutTheOption) {
  EXPECT_EQ(forced(""), At{});
}

TEST(ForcedKeys, TimesAreTakenInOrderHoweverTheyAreWritten) {
  EXPECT_EQ(forced("0.5,0:00:00.2"), (At{2, 5}));
  EXPECT_EQ(forced("0.1,0.1,0.1"), (At{1, 2, 3})) << "each forces one picture, as by ffmpeg";
}

TEST(ForcedKeys, ChaptersMayBeMovedAndMixedWithTimes) {
  EXPECT_EQ(forced("chapters", {300'000, 700'000}), (At{3, 7}));
  EXPECT_EQ(forced("chapters-0.1,0.5", {300'000, 700'000}), (At{2, 5, 6}));
}

TEST(ForcedKeys, ExpressionCountsFromTheFirstPicture) {
  EXPECT_EQ(forced("expr:gte(t,n_forced*0.4)", {}, 100), (At{0, 4, 8}));
  EXPECT_EQ(forced("expr:eq(n,3)+eq(n,prev_forced_n+2)"), (At{3, 5, 7, 9}));
}

TEST(ForcedKeys, SourceTakesTheInputsAndNotItsRepetitions) {
  EXPECT_EQ(forced("source"), (At{0, 4, 8}));
  ForcedKeys keys("source");
  keys.begin({1, 10}, {});
  EXPECT_FALSE(keys.next(1, true, true));
}

TEST(ForcedKeys, DroppedKeyFrameMovesToTheNextPictureWhereAsked) {
  for (const bool kept : {false, true}) {
    ForcedKeys keys(kept ? "source_no_drop" : "source");
    keys.begin({1, 10}, {});
    keys.frame(true);
    EXPECT_EQ(keys.next(1, false, false), kept);
    EXPECT_FALSE(keys.next(2, false, false));
  }
}

TEST(ForcedKeys, WhatCannotBeReadIsAUsageError) {
  for (const char* given : {"soon", "1,", "expr:", "expr:gte(x,1)", "chapters+soon"}) {
    try {
      const ForcedKeys keys(given);
      FAIL() << given << " was taken";
    } catch (const StageFailure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::usage);
    }
  }
}

}  // namespace
}  // namespace latham::test
