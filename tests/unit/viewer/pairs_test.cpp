// SPDX-License-Identifier: MIT
#include "viewer/pairs.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

using std::chrono::milliseconds;

TakenFrame taken(std::int64_t time_us) {
  auto frame = std::make_shared<Taken>();
  frame->time_us = time_us;
  return frame;
}

class PairsTest : public testing::Test {
 protected:
  Pairs::Clock::time_point now_{std::chrono::hours(1)};
  Pairs pairs_;
};

TEST_F(PairsTest, SourceWaitsForItsOwnOutput) {
  pairs_.add_source(taken(200'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(100'000), now_));
  EXPECT_FALSE(pairs_.add_output(taken(160'000), now_));
  ASSERT_TRUE(pairs_.add_output(taken(200'400), now_));  // another time base, rounded
  EXPECT_TRUE(pairs_.pair().matched);
  EXPECT_EQ(pairs_.pair().source->time_us, 200'000);
}

TEST_F(PairsTest, MissedSourceIsLetGoAndTheNextOneCounts) {
  pairs_.add_source(taken(200'000), now_);
  pairs_.add_source(taken(300'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(240'000), now_));
  EXPECT_TRUE(pairs_.add_output(taken(300'000), now_));
  EXPECT_EQ(pairs_.pair().source->time_us, 300'000);
}

TEST_F(PairsTest, WithoutAMatchTheNearestIsShownAndSaysSo) {
  pairs_.add_source(taken(200'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(50'000), now_));
  EXPECT_TRUE(pairs_.add_output(taken(60'000), now_ + milliseconds(2000)));
  EXPECT_FALSE(pairs_.pair().matched);
  EXPECT_EQ(pairs_.pair().source->time_us, 200'000);
}

TEST_F(PairsTest, HoldsFewSourcesAndSpreadsThem) {
  EXPECT_TRUE(pairs_.wants_source(now_));
  pairs_.add_source(taken(1), now_);
  EXPECT_FALSE(pairs_.wants_source(now_ + milliseconds(5)));
  for (int i = 1; i < 5; ++i) pairs_.add_source(taken(i), now_);
  EXPECT_FALSE(pairs_.wants_source(now_ + milliseconds(5000)));
}

}  // namespace
}  // namespace latham::viewer
