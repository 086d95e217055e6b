// SPDX-License-Identifier: MIT
#include "bench/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace latham::bench {
namespace {

TEST(Statistics, MedianOfOddCountIsTheMiddle) {
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
}

TEST(Statistics, MedianOfEvenCountIsBetweenTheMiddles) {
  EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(Statistics, QuantileInterpolatesBetweenNeighbours) {
  EXPECT_DOUBLE_EQ(quantile({0, 10, 20, 30, 40}, 0.25), 10);
  EXPECT_DOUBLE_EQ(quantile({0, 10}, 0.99), 9.9);
  EXPECT_DOUBLE_EQ(quantile({0, 10}, 1), 10);
}

TEST(Statistics, NothingMeasuredIsNotANumber) {
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_TRUE(std::isnan(spread_percent({})));
  EXPECT_TRUE(std::isnan(ratio({1}, {}).median));
}

TEST(Statistics, SpreadIsTheMiddleHalfInPercentOfTheMedian) {
  EXPECT_DOUBLE_EQ(spread_percent({90, 95, 100, 105, 110}), 10);
  EXPECT_DOUBLE_EQ(spread_percent({7, 7, 7}), 0);
  EXPECT_DOUBLE_EQ(spread_percent({0, 0, 0}), 0);
}

TEST(Statistics, RatioIsTakenRoundByRound) {
  // The machine was half as fast in the second round; the ratio does not feel it.
  const Summary doubled = ratio({200, 100, 200}, {100, 50, 100});
  EXPECT_DOUBLE_EQ(doubled.median, 2);
  EXPECT_DOUBLE_EQ(doubled.spread, 0);
}

TEST(Statistics, RatioLeavesOutRoundsThatOneSideLacks) {
  EXPECT_DOUBLE_EQ(ratio({3, 100}, {1}).median, 3);
}

}  // namespace
}  // namespace latham::bench
