// SPDX-License-Identifier: MIT
// Frames that a lossless consumer keeps too long move to private memory, and nobody notices.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::Edge;
using test::is_stamped;

/// Pages that hold the test frame and its guard.
constexpr std::uint64_t kMovedBytes = (test::kFrameBytes + kGuardBytes + 4095) / 4096 * 4096;

HeldFrame take(LosslessConsumer& consumer) {
  HeldFrame frame;
  EXPECT_EQ(consumer.next(frame), Status::ok);
  return frame;
}

std::size_t count_mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

TEST(Eviction, OldestIsMovedWhenTheBudgetIsReached) {
  Edge edge({.slots = 16, .entries = 16, .slot_bytes = 16 << 10});
  LosslessConsumer consumer = edge.lossless(3);
  std::deque<HeldFrame> frames;
  for (std::uint64_t q = 1; q <= 6; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok);
    frames.push_back(take(consumer));
    EXPECT_LE(consumer.held(), 3U);
  }
  EXPECT_EQ(consumer.evicted(), 3U);
  EXPECT_EQ(consumer.evicted_bytes(), 3 * kMovedBytes);
  EXPECT_EQ(edge.producer.reclaim(), 3U) << "the moved ones are done";
  for (const HeldFrame& frame : frames) EXPECT_TRUE(is_stamped(frame)) << frame.number;
}

TEST(Eviction, BudgetOfZeroIsTakenForOne) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless(0);
  ASSERT_EQ(edge.publish(), Status::ok);
  ASSERT_EQ(edge.publish(), Status::ok);
  const HeldFrame first = take(consumer);
  const HeldFrame second = take(consumer);
  EXPECT_EQ(consumer.evicted(), 1U);
  EXPECT_TRUE(is_stamped(first));
  EXPECT_TRUE(is_stamped(second));
}

TEST(Eviction, PointersKeepTheirBytesAfterTheSlotWasRewritten) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless(1);
  ASSERT_EQ(edge.publish(), Status::ok);
  const HeldFrame kept = take(consumer);
  const std::byte* before = kept.plane[0].data;
  const std::uint32_t slot = edge.last_slot;
  bool rewritten = false;
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(edge.publish(), Status::ok);
    rewritten = rewritten || edge.last_slot == slot;
    const HeldFrame frame = take(consumer);
    ASSERT_TRUE(is_stamped(frame));
    ASSERT_TRUE(is_stamped(kept));
  }
  EXPECT_TRUE(rewritten);
  EXPECT_EQ(kept.plane[0].data, before);
}

TEST(Eviction, FrameHeldForLongIsMovedThoughTheBudgetHasRoom) {
  Edge edge({.slots = 16, .entries = 16, .slot_bytes = 16 << 10});
  LosslessConsumer consumer = edge.lossless();
  ASSERT_EQ(edge.publish(), Status::ok);
  const HeldFrame kept = take(consumer);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(edge.publish(), Status::ok) << "the held frame stops the producer at frame " << i;
    (void)take(consumer);
  }
  EXPECT_EQ(consumer.evicted(), 1U);
  EXPECT_TRUE(is_stamped(kept));
}

TEST(Eviction, ReverseOfAThousandFramesDoesNotBlockTheProducer) {
  Edge edge({.slots = 32, .entries = 32, .slot_bytes = 16 << 10});
  LosslessConsumer consumer = edge.lossless(6);
  std::vector<HeldFrame> frames;
  for (int q = 1; q <= 1000; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok) << q;
    frames.push_back(take(consumer));
  }
  edge.producer.end_of_stream();
  HeldFrame none;
  EXPECT_EQ(consumer.next(none), Status::end);
  EXPECT_EQ(consumer.evicted(), 994U);
  EXPECT_EQ(consumer.evicted_bytes(), 994 * kMovedBytes);
  for (std::uint64_t q = 1000; q > 0; --q) {
    ASSERT_EQ(frames.back().number, q);
    ASSERT_TRUE(is_stamped(frames.back())) << q;
    frames.pop_back();
  }
  EXPECT_EQ(edge.producer.reclaim(), 0U);
}

TEST(Eviction, PrivateMemoryGoesWithTheFrames) {
  Edge edge({.slots = 32, .entries = 32, .slot_bytes = 16 << 10});
  LosslessConsumer consumer = edge.lossless(2);
  const auto round = [&] {
    std::vector<HeldFrame> frames;
    for (int q = 0; q < 64; ++q) {
      ASSERT_EQ(edge.publish(), Status::ok);
      frames.push_back(take(consumer));
    }
  };
  for (int i = 0; i < 3; ++i) round();
  const std::size_t settled = count_mappings();
  for (int i = 0; i < 20; ++i) round();
  // Each slot may lie in a second mapping of its own; they do not add up.
  EXPECT_LE(count_mappings(), settled + 2 * 32);
}

TEST(Eviction, MovedFrameOutlivesTheConsumer) {
  Edge edge;
  HeldFrame kept;
  {
    LosslessConsumer consumer = edge.lossless(1);
    ASSERT_EQ(edge.publish(), Status::ok);
    kept = take(consumer);
    ASSERT_EQ(edge.publish(), Status::ok);
    (void)take(consumer);
    ASSERT_EQ(consumer.evicted(), 1U);
  }
  edge.producer.detach(0);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_TRUE(is_stamped(kept));
}

TEST(Eviction, LettingGoOfAMovedFrameSaysDoneNoSecondTime) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless(1);
  ASSERT_EQ(edge.publish(), Status::ok);
  HeldFrame kept = take(consumer);
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(edge.publish(), Status::ok);
    (void)take(consumer);
  }
  // Entry 5 lies at entry 1's place now and is done; a late `done = 1` would owe it again.
  kept.claim.reset();
  EXPECT_EQ(edge.producer.reclaim(), 0U);
}

/// Two entries that show pixels of one slot: rows from `row` on.
class TwoHoldsInOneSlot : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(edge_.producer.try_acquire(2 * test::kFrameBytes, picture_), Status::ok);
    test::stamp(picture_.pixels(), 2 * test::kFrameBytes, 1);
  }
  void show(std::uint64_t offset) {
    SlotUse words;
    ASSERT_EQ(edge_.producer.try_acquire(0, words), Status::ok);
    FrameLayout layout = test::layout_in(edge_.producer.pool(), picture_.slot());
    layout.plane[0].offset += offset;
    auto keep = std::make_shared<SlotUse>(picture_.share());
    ASSERT_EQ(edge_.producer.publish(words, layout, {}, 0, keep), Status::ok);
  }
  static bool is_part(const HeldFrame& frame, std::uint64_t offset) {
    std::vector<std::byte> whole(2 * test::kFrameBytes);
    test::stamp(whole.data(), whole.size(), 1);
    return std::memcmp(frame.plane[0].data, whole.data() + offset, test::kFrameBytes) == 0;
  }
  Edge edge_{{.slots = 16, .entries = 16, .slot_bytes = 32 << 10}};
  SlotUse picture_;
};

TEST_F(TwoHoldsInOneSlot, MoveTogether) {
  LosslessConsumer consumer = edge_.lossless(2);
  show(0);
  show(test::kFrameBytes);
  HeldFrame first = take(consumer);
  HeldFrame second = take(consumer);
  ASSERT_EQ(edge_.publish(), Status::ok);
  const HeldFrame third = take(consumer);
  EXPECT_EQ(consumer.evicted(), 2U) << "both lie in the memory that moved";
  EXPECT_EQ(edge_.producer.reclaim(), 1U);
  test::stamp(picture_.pixels(), 2 * test::kFrameBytes, 99);
  EXPECT_TRUE(is_part(first, 0));
  EXPECT_TRUE(is_part(second, test::kFrameBytes));
  first.claim.reset();
  EXPECT_TRUE(is_part(second, test::kFrameBytes)) << "its pages went with the other hold";
}

TEST_F(TwoHoldsInOneSlot, HoldTakenAfterTheMoveSeesTheSlot) {
  LosslessConsumer consumer = edge_.lossless(1);
  show(0);
  show(0);
  const HeldFrame first = take(consumer);
  const HeldFrame second = take(consumer);  // moves the first
  EXPECT_EQ(consumer.evicted(), 1U);
  EXPECT_NE(first.plane[0].data, second.plane[0].data);
  EXPECT_TRUE(is_part(first, 0));
  EXPECT_TRUE(is_part(second, 0));
  ASSERT_EQ(edge_.publish(), Status::ok);
  const HeldFrame third = take(consumer);  // moves the second, out of the second mapping
  EXPECT_EQ(consumer.evicted(), 2U);
  test::stamp(picture_.pixels(), 2 * test::kFrameBytes, 99);
  EXPECT_TRUE(is_part(first, 0));
  EXPECT_TRUE(is_part(second, 0));
  EXPECT_TRUE(is_stamped(third));
}

}  // namespace
}  // namespace latham::ringbuf
