// SPDX-License-Identifier: MIT
// Pools whose producer is dead: who still reads them, and what they say of their end.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "tests/unit/ringbuf/forwarding_edges.h"

namespace latham::ringbuf {
namespace {

using test::Edge;
using test::is_stamped;

/// Mappings of frame pools in this process.
int mapped_pools() {
  std::ifstream maps("/proc/self/maps");
  int found = 0;
  for (std::string line; std::getline(maps, line);)
    if (line.find("latham-pool") != std::string::npos) ++found;
  return found;
}

/// The decoder dies again and again, and the filter shows frames of each life.
class DyingUpstream : public testing::Test {
 protected:
  /// A decoder's next life, which the filter has taken over already.
  void live() {
    up_ = std::make_unique<Edge>(kGeometry,
                                 Identity{.session = 0x5e55, .edge = 1, .incarnation = ++lives_});
    encoder_.add_upstream_pool(reopen_read_only(up_->pool.get()));
  }
  /// The filter shows a frame of it.
  void show() {
    SlotUse pixels;
    ASSERT_EQ(up_->producer.try_acquire(test::kFrameBytes, pixels), Status::ok);
    test::stamp(pixels.pixels(), test::kFrameBytes, down_.producer.published() + 1);
    SlotUse words;
    ASSERT_EQ(down_.producer.try_acquire(0, words), Status::ok);
    ASSERT_EQ(down_.producer.publish(words, test::layout_in(up_->producer.pool(), pixels.slot()),
                                     {}, 0, std::make_shared<SlotUse>(pixels.share())),
              Status::ok);
  }
  void expect_next(std::uint64_t number, HeldFrame& frame) {
    ASSERT_EQ(encoder_.next(frame), Status::ok) << number;
    EXPECT_TRUE(is_stamped(frame, number));
  }

  Edge down_{kGeometry, kDownstream};
  LosslessConsumer encoder_ = down_.lossless(6);
  std::unique_ptr<Edge> up_;
  std::uint32_t lives_ = 0;
};

TEST_F(DyingUpstream, LeavesNoPoolBehindInItsConsumer) {
  int after_two = 0;
  for (std::uint64_t q = 1; q <= 100; ++q) {
    live();
    show();
    {
      HeldFrame frame;
      expect_next(q, frame);
    }
    (void)down_.producer.reclaim();  // or it keeps the pools of the dead, too
    if (q == 2) after_two = mapped_pools();
  }
  EXPECT_EQ(mapped_pools(), after_two);
}

TEST_F(DyingUpstream, ThatGivesNothingLeavesNoPoolEither) {
  live();
  const int after_one = mapped_pools();
  for (int i = 0; i < 100; ++i) live();
  EXPECT_EQ(mapped_pools(), after_one);
}

TEST_F(DyingUpstream, IsReadableUntilWhatItShowsIsTakenAndLetGo) {
  live();
  show();
  show();
  live();
  show();
  const int with_both = mapped_pools();
  HeldFrame first;
  expect_next(1, first);
  HeldFrame frame;
  expect_next(2, frame);
  frame.claim.reset();
  expect_next(3, frame);
  EXPECT_EQ(mapped_pools(), with_both) << "a frame of the dead pool is held";
  EXPECT_TRUE(is_stamped(first, 1));
  first.claim.reset();
  show();
  expect_next(4, frame);
  EXPECT_EQ(mapped_pools(), with_both - 1);
}

using DeadPool = Forwarding;

TEST_F(DeadPool, NamesTheLastEntrysOrigin) {
  EXPECT_EQ(down_end().value().published, 0U);
  LosslessConsumer encoder = down_.lossless();
  ASSERT_EQ(up_.publish(), Status::ok);
  (void)take();  // dropped by the filter
  pass();
  pass();
  const PoolEnd end = down_end().value();
  EXPECT_EQ(end.published, 2U);
  EXPECT_EQ(end.origin, 3U);
}

TEST_F(DeadPool, WithoutItsNewestEntryHasNoEnd) {
  pass();
  down_.producer.pool().front().producer.head.store(2);
  EXPECT_FALSE(down_end());
}

TEST_F(DeadPool, OfMoreFramesThanAnyoneMakesHasNoEnd) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0} / 2;
  pass();
  const PoolMapping& pool = down_.producer.pool();
  pool.entry(kHuge).number.store(kHuge);
  pool.front().producer.head.store(kHuge);
  EXPECT_FALSE(down_end());
}

TEST_F(DeadPool, OfAnOriginThatNobodyHasHasNoEnd) {
  pass();
  down_.producer.pool().entry(1).origin.store(~std::uint64_t{0});
  EXPECT_FALSE(down_end());
}

}  // namespace
}  // namespace latham::ringbuf
