// SPDX-License-Identifier: MIT
// Slots of the producer's own pool: who uses them, when they are used again, their pages.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <set>
#include <thread>
#include <vector>

#include "ringbuf/producer.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::Edge;
using test::kFrameBytes;

SlotUse acquire(Edge& edge) {
  SlotUse use;
  EXPECT_EQ(edge.producer.try_acquire(kFrameBytes, use), Status::ok);
  return use;
}

TEST(Slots, EachUseHasASlotOfItsOwn) {
  Edge edge;
  std::vector<SlotUse> uses;
  std::set<std::uint32_t> slots;
  for (int i = 0; i < 4; ++i) {
    uses.push_back(acquire(edge));
    slots.insert(uses.back().slot());
    EXPECT_EQ(uses.back().pixels(), edge.producer.pool().pixels(uses.back().slot()));
  }
  EXPECT_EQ(slots.size(), 4U);
  SlotUse none;
  EXPECT_EQ(edge.producer.try_acquire(kFrameBytes, none), Status::full);
  EXPECT_FALSE(none);
}

TEST(Slots, MostRecentlyFreedIsTakenFirst) {
  Edge edge;
  std::array<SlotUse, 4> uses{acquire(edge), acquire(edge), acquire(edge), acquire(edge)};
  const std::uint32_t second = uses[1].slot();
  const std::uint32_t third = uses[2].slot();
  uses[1] = SlotUse();
  uses[2] = SlotUse();
  EXPECT_EQ(acquire(edge).slot(), third);
  EXPECT_EQ(acquire(edge).slot(), third) << "the temporary gave it back";
  const SlotUse kept = acquire(edge);
  EXPECT_EQ(acquire(edge).slot(), second);
}

TEST(Slots, BusyStreamOfOneFrameAtATimeStaysInTwoSlots) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  std::set<std::uint32_t> slots;
  HeldFrame frame;
  for (int i = 0; i < 50; ++i) {
    (void)edge.producer.reclaim();
    ASSERT_EQ(edge.publish(), Status::ok);
    slots.insert(edge.last_slot);
    ASSERT_EQ(consumer.next(frame), Status::ok);
    frame.claim.reset();
  }
  EXPECT_EQ(slots.size(), 2U) << "the newest and the one being written";
}

TEST(Slots, SlotIsFreeWhenItsLastSharedUseGoes) {
  Edge edge;
  SlotUse first = acquire(edge);
  SlotUse second = first.share();
  EXPECT_EQ(second.slot(), first.slot());
  EXPECT_EQ(second.pixels(), first.pixels());
  first = SlotUse();
  EXPECT_EQ(edge.producer.free_slots(), 3U);
  second = SlotUse();
  EXPECT_EQ(edge.producer.free_slots(), 4U);
}

TEST(Slots, UseOfASlotNeedsThatItIsInUse) {
  Edge edge;
  EXPECT_FALSE(edge.producer.use_of(0));
  EXPECT_FALSE(edge.producer.use_of(4));
  EXPECT_FALSE(edge.producer.use_of(~0U));
  SlotUse use = acquire(edge);
  SlotUse another = edge.producer.use_of(use.slot());
  ASSERT_TRUE(another);
  use = SlotUse();
  EXPECT_EQ(edge.producer.free_slots(), 3U);
}

TEST(Slots, MoveAssignmentGivesTheOldUseBack) {
  Edge edge;
  SlotUse a = acquire(edge);
  SlotUse b = acquire(edge);
  EXPECT_EQ(edge.producer.free_slots(), 2U);
  a = std::move(b);
  EXPECT_EQ(edge.producer.free_slots(), 3U);
  EXPECT_FALSE(b);
  EXPECT_TRUE(a);
}

TEST(Slots, PublishedSlotIsNotUsedAgainWhileACodecKeepsIt) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  SlotUse use = acquire(edge);
  const std::uint32_t slot = use.slot();
  const SlotUse codecs = use.share();
  ASSERT_EQ(edge.producer.publish(use, test::layout_in(edge.producer.pool(), slot), {}, 0, nullptr),
            Status::ok);
  use = SlotUse();
  HeldFrame frame;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(consumer.next(frame), Status::ok);
    frame.claim.reset();
    ASSERT_EQ(edge.publish(), Status::ok);
    EXPECT_NE(edge.last_slot, slot);
  }
  EXPECT_FALSE(edge.producer.is_shown(slot));
}

TEST(Slots, PublishedSlotIsNotUsedAgainWhileItIsOwed) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  ASSERT_EQ(edge.publish(), Status::ok);
  const std::uint32_t slot = edge.last_slot;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(edge.publish(), Status::ok);
    EXPECT_NE(edge.last_slot, slot);
  }
  EXPECT_EQ(edge.publish(), Status::full);
}

TEST(Slots, PublishedSlotIsNotUsedAgainWhileALatestConsumerHoldsIt) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  ASSERT_EQ(edge.publish(), Status::ok);
  const std::uint32_t slot = edge.last_slot;
  HeldFrame frame;
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(edge.publish(), Status::ok);
    EXPECT_NE(edge.last_slot, slot);
    EXPECT_TRUE(test::is_stamped(frame));
  }
  EXPECT_TRUE(edge.producer.is_shown(slot));
  frame.claim.reset();
  (void)edge.producer.reclaim();
  EXPECT_FALSE(edge.producer.is_shown(slot));
}

TEST(Slots, IsShownFromPublishUntilRetired) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  const std::uint32_t slot = [&] {
    const SlotUse use = acquire(edge);
    EXPECT_FALSE(edge.producer.is_shown(use.slot()));
    return use.slot();
  }();
  ASSERT_EQ(edge.publish(), Status::ok);
  ASSERT_EQ(edge.last_slot, slot);
  EXPECT_TRUE(edge.producer.is_shown(slot));
  HeldFrame frame;
  ASSERT_EQ(consumer.next(frame), Status::ok);
  frame.claim.reset();
  (void)edge.producer.reclaim();
  EXPECT_TRUE(edge.producer.is_shown(slot)) << "the newest";
  ASSERT_EQ(edge.publish(), Status::ok);
  (void)edge.producer.reclaim();
  EXPECT_FALSE(edge.producer.is_shown(slot));
  EXPECT_FALSE(edge.producer.is_shown(99));
}

TEST(Slots, SlotThatIsShownDescribesNoSecondFrame) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  SlotUse use = acquire(edge);
  const FrameLayout layout = test::layout_in(edge.producer.pool(), use.slot());
  ASSERT_EQ(edge.producer.publish(use, layout, {}, 0, nullptr), Status::ok);
  EXPECT_EQ(edge.producer.publish(use, layout, {}, 0, nullptr), Status::full);
  EXPECT_EQ(edge.producer.published(), 1U);
}

TEST(Slots, AcquireHasThePagesBeforeTheFirstTouch) {
  Edge edge;
  SlotUse use;
  ASSERT_EQ(edge.producer.try_acquire(kFrameBytes, use), Status::ok);
  std::array<unsigned char, kFrameBytes / 4096> there{};
  ASSERT_EQ(::mincore(use.pixels(), kFrameBytes, there.data()), 0);
  for (const unsigned char page : there) EXPECT_EQ(page & 1, 1);
  unsigned char beyond = 1;
  ASSERT_EQ(::mincore(use.pixels() + kFrameBytes, 4096, &beyond), 0);
  EXPECT_EQ(beyond & 1, 0) << "no more than was asked for";
}

TEST(Slots, LargerFrameInAUsedSlotHasItsPagesToo) {
  Edge edge;
  const std::uint32_t slot = acquire(edge).slot();
  SlotUse use;
  ASSERT_EQ(edge.producer.try_acquire(test::kSmall.slot_bytes, use), Status::ok);
  ASSERT_EQ(use.slot(), slot);
  unsigned char last = 0;
  ASSERT_EQ(::mincore(use.pixels() + test::kSmall.slot_bytes - 4096, 4096, &last), 0);
  EXPECT_EQ(last & 1, 1);
}

TEST(Slots, FrameLargerThanASlotIsRefused) {
  Edge edge;
  SlotUse use;
  EXPECT_EQ(edge.producer.try_acquire(test::kSmall.slot_bytes + 1, use), Status::no_memory);
  EXPECT_FALSE(use);
  EXPECT_EQ(edge.producer.free_slots(), 4U);
}

TEST(Slots, FindSlotKnowsWhatLiesInOneSlotWhole) {
  Edge edge;
  const PoolMapping& pool = edge.producer.pool();
  std::uint32_t slot = 99;
  EXPECT_TRUE(edge.producer.find_slot(pool.pixels(2), test::kSmall.slot_bytes, slot));
  EXPECT_EQ(slot, 2U);
  EXPECT_TRUE(edge.producer.find_slot(pool.pixels(3) + 100, test::kSmall.slot_bytes - 100, slot));
  EXPECT_EQ(slot, 3U);
  EXPECT_FALSE(edge.producer.find_slot(pool.pixels(2) + 1, test::kSmall.slot_bytes, slot));
  EXPECT_FALSE(edge.producer.find_slot(pool.pixels(0) - 1, 1, slot));
  EXPECT_FALSE(edge.producer.find_slot(pool.pixels(3) + test::kSmall.slot_bytes, 1, slot));
  EXPECT_FALSE(edge.producer.find_slot(&slot, sizeof(slot), slot));
  EXPECT_FALSE(edge.producer.find_slot(nullptr, 0, slot));
}

TEST(Slots, UsesGivenBackByOtherThreadsAreAllThere) {
  Edge edge({.slots = 32, .entries = 32, .slot_bytes = 4096});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&edge] {
      for (int i = 0; i < 2000; ++i) {
        SlotUse use;
        if (edge.producer.try_acquire(64, use) != Status::ok) continue;
        const SlotUse shared = use.share();
        use.pixels()[0] = std::byte{1};
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(edge.producer.free_slots(), 32U);
}

}  // namespace
}  // namespace latham::ringbuf
