// SPDX-License-Identifier: MIT
#include "decoder/pace.h"

#include <gtest/gtest.h>

#include <chrono>

namespace latham::test {
namespace {

using decoder::Pace;
using namespace std::chrono_literals;

constexpr Pace::Time kBegin{};

TEST(Pace, WithoutARateNothingWaits) {
  Pace pace(0);
  pace.reached(0, 0, kBegin);
  pace.reached(0, 60'000'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 0us);
}

TEST(Pace, APacketWaitsUntilTheClockIsThere) {
  Pace pace(1);
  EXPECT_EQ(pace.early(kBegin), 0us);
  pace.reached(0, 0, kBegin);
  pace.reached(0, 40'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 40ms);
  EXPECT_EQ(pace.early(kBegin + 30ms), 10ms);
  EXPECT_EQ(pace.early(kBegin + 50ms), 0us);
}

TEST(Pace, ARateOfTwoWaitsHalfAsLong) {
  Pace pace(2);
  pace.reached(0, 0, kBegin);
  pace.reached(0, 40'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 20ms);
}

TEST(Pace, TheStreamThatIsFarthestAheadCounts) {
  Pace pace(1);
  pace.reached(0, 0, kBegin);
  pace.reached(1, 0, kBegin);
  pace.reached(1, 90'000, kBegin);
  pace.reached(0, 40'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 90ms);
}

TEST(Pace, AStreamBeginsWhereItsFirstPacketIs) {
  Pace pace(1);
  pace.reached(0, 5'000'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 0us);
  pace.reached(0, 5'040'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 40ms);
}

TEST(Pace, WhatComesBeforeZeroIsNotWaitedFor) {
  Pace pace(1);
  pace.reached(0, -80'000, kBegin);
  pace.reached(0, -40'000, kBegin);
  EXPECT_EQ(pace.early(kBegin), 0us);
}

}  // namespace
}  // namespace latham::test
