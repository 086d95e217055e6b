// SPDX-License-Identifier: MIT
#include "viewer/play_clock.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

using std::chrono::milliseconds;

class PlayClockTest : public testing::Test {
 protected:
  PlayClock::Clock::time_point start_{std::chrono::hours(1)};
  PlayClock clock_;
};

TEST_F(PlayClockTest, RunsAtItsSpeedAndStandsStillWhenPaused) {
  clock_.set(1'000'000, start_);
  EXPECT_EQ(clock_.at(start_ + milliseconds(500)), 1'000'000);
  clock_.set_paused(false, start_);
  EXPECT_EQ(clock_.at(start_ + milliseconds(500)), 1'500'000);
  clock_.set_speed(2, start_ + milliseconds(500));
  EXPECT_EQ(clock_.at(start_ + milliseconds(1000)), 2'500'000);
  clock_.set_paused(true, start_ + milliseconds(1000));
  EXPECT_EQ(clock_.at(start_ + milliseconds(9000)), 2'500'000);
}

TEST_F(PlayClockTest, FollowsTheSoundSlowlyWhereNearAndAtOnceWhereFar) {
  clock_.set(0, start_);
  clock_.set_paused(false, start_);
  clock_.follow(32'000, start_);
  EXPECT_EQ(clock_.at(start_), 2'000);
  clock_.follow(900'000, start_);
  EXPECT_EQ(clock_.at(start_), 900'000);
}

}  // namespace
}  // namespace latham::viewer
