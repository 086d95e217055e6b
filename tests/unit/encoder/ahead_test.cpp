// SPDX-License-Identifier: MIT
#include "encoder/ahead.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <vector>

#include "media/messages.h"

namespace latham::test {
namespace {

using encoder::Ahead;
using transport::Status;

/// Has always one more.
class Endless : public transport::PacketReceiver {
 public:
  Status receive(std::vector<std::byte>& message) override {
    media::write_progress(message);
    return Status::ok;
  }
  [[nodiscard]] bool ready() noexcept override { return true; }
};

/// Two inputs, of which the first is ahead and so held back.
class TwoInputs : public testing::Test {
 protected:
  TwoInputs() {
    for (std::size_t input = 0; input < 2; ++input)
      in_.push_back({.input = input, .receiver = std::make_unique<Endless>()});
    for (stage::PacketsIn& in : in_) beside_.emplace_back(in);
    in_step_.reached(0, 40'000);
  }

  encoder::InStep in_step_{{0, 1}};
  std::deque<stage::PacketsIn> in_;
  std::deque<encoder::Beside> beside_;
  std::deque<encoder::VideoTrack> no_video_;
  Ahead ahead_{in_step_, 2, beside_, no_video_};
};

TEST_F(TwoInputs, HeldBackStayInTheirChannelUntilAnotherOutputLacksThem) {
  ahead_.take();
  EXPECT_FALSE(ahead_.has_news());
  EXPECT_EQ(beside_[0].kept(), 0U);
  ahead_.wanted(0);
  EXPECT_TRUE(ahead_.has_news());
  ahead_.take();
  EXPECT_GT(beside_[0].kept(), 0U);
  EXPECT_FALSE(ahead_.has_news());
}

TEST_F(TwoInputs, AreKeptAsMuchAgainAtEachRequest) {
  ahead_.wanted(0);
  ahead_.take();
  const std::size_t first = beside_[0].kept();
  for (std::size_t times = 2; times <= 8; times *= 2) {
    ahead_.wanted(0);
    ahead_.take();
    ahead_.take();
    EXPECT_EQ(beside_[0].kept(), first * times);
  }
}

TEST_F(TwoInputs, WhoseTurnItIsAreNotKept) {
  ahead_.wanted(1);
  ahead_.take();
  EXPECT_EQ(beside_[1].kept(), 0U);
}

TEST_F(TwoInputs, ThatDoNotExistAreIgnored) {
  for (const std::int64_t input : {-1, 2}) ahead_.wanted(input);
  ahead_.take();
  EXPECT_EQ(beside_[0].kept() + beside_[1].kept(), 0U);
}

TEST_F(TwoInputs, AreLackedOnceTheyHaveBeenWaitedForLong) {
  const auto now = Ahead::Clock::now();
  ahead_.went_on(now);
  EXPECT_EQ(ahead_.lacking(now), std::nullopt);
  EXPECT_EQ(ahead_.lacking(now + Ahead::kPatience), 1U);
  EXPECT_EQ(ahead_.lacking(now + Ahead::kPatience), std::nullopt);
  EXPECT_EQ(ahead_.lacking(now + 2 * Ahead::kPatience), 1U);
}

TEST_F(TwoInputs, AreLackedInTurnWhereBothMayComeNext) {
  const encoder::InStep sparse({0, std::nullopt});
  Ahead ahead(sparse, 2, beside_, no_video_);
  auto now = Ahead::Clock::now();
  ahead.went_on(now);
  EXPECT_EQ(ahead.lacking(now += Ahead::kPatience), 0U);
  EXPECT_EQ(ahead.lacking(now += Ahead::kPatience), 1U);
  EXPECT_EQ(ahead.lacking(now += Ahead::kPatience), 0U);
}

TEST_F(TwoInputs, ThatHaveEndedAreLackedNoMore) {
  in_step_.ended(1);
  const auto now = Ahead::Clock::now();
  ahead_.went_on(now);
  EXPECT_EQ(ahead_.lacking(now + Ahead::kPatience), 0U);
}

}  // namespace
}  // namespace latham::test
