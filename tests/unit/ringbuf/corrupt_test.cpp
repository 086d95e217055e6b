// SPDX-License-Identifier: MIT
// Words of a hostile producer (or consumer): refused as corrupt, never followed.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <optional>

#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::copy_of;
using test::Edge;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

/// What a hostile producer can reach: entry 1 and the descriptor that it names.
struct Words {
  PoolFront& front;
  Entry& entry;
  SlotDescriptor& descriptor;
  std::uint64_t pixels_at;
  std::uint64_t slot_bytes;
  std::uint64_t total;
};

struct Lie {
  const char* name;
  std::function<void(Words&)> tell;
};

class CorruptWords : public testing::TestWithParam<Lie> {
 protected:
  void publish_and_lie() {
    ASSERT_EQ(edge_.publish(), Status::ok);
    const PoolMapping& pool = edge_.producer.pool();
    Words words{pool.front(),
                pool.entry(1),
                pool.descriptor(edge_.last_slot),
                pool.header().pixels_at,
                pool.header().slot_bytes,
                pool.header().total_bytes};
    GetParam().tell(words);
  }
  Edge edge_;
};

TEST_P(CorruptWords, AreRefusedByALosslessConsumer) {
  LosslessConsumer consumer = edge_.lossless();
  publish_and_lie();
  HeldFrame frame;
  EXPECT_EQ(consumer.next(frame), Status::corrupt);
  EXPECT_EQ(frame.claim, nullptr);
  EXPECT_EQ(consumer.held(), 0U);
}

TEST_P(CorruptWords, GiveALatestConsumerNoFrame) {
  LatestConsumer viewer = edge_.latest();
  publish_and_lie();
  HeldFrame frame;
  EXPECT_NE(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.claim, nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Ring, CorruptWords,
    testing::Values(
        Lie{"HeadFarAhead", [](Words& w) { w.front.producer.head = 1000; }},
        Lie{"HeadAtTheLimit", [](Words& w) { w.front.producer.head = kHuge; }},
        Lie{"EntryOfAnotherNumber", [](Words& w) { w.entry.number = 5; }},
        Lie{"EntryBeingRewritten", [](Words& w) { w.entry.number = 0; }},
        Lie{"SlotBeyondTheLast", [](Words& w) { w.entry.slot = 4; }},
        Lie{"SlotAtTheLimit", [](Words& w) { w.entry.slot = ~0U; }},
        Lie{"OtherKindOfMemory", [](Words& w) { w.descriptor.memory_kind = 1; }},
        Lie{"NoPlanes", [](Words& w) { w.descriptor.plane_count = 0; }},
        Lie{"TooManyPlanes", [](Words& w) { w.descriptor.plane_count = kMaxPlanes + 1; }},
        Lie{"PlaneCountAtTheLimit", [](Words& w) { w.descriptor.plane_count = ~0U; }},
        Lie{"MetaLargerThanItsRoom", [](Words& w) { w.descriptor.meta_bytes = kMetaBytes + 1; }},
        Lie{"MetaAtTheLimit", [](Words& w) { w.descriptor.meta_bytes = ~0U; }},
        Lie{"PoolOfAnotherSession", [](Words& w) { ++w.descriptor.pool.session; }},
        Lie{"PoolOfAnotherEdge", [](Words& w) { ++w.descriptor.pool.edge; }},
        Lie{"PoolOfADeadIncarnation", [](Words& w) { ++w.descriptor.pool.incarnation; }},
        Lie{"PlaneInTheHeader", [](Words& w) { w.descriptor.plane[0].offset = 0; }},
        Lie{"PlaneJustBeforeThePixels",
            [](Words& w) { w.descriptor.plane[0].offset = w.pixels_at - 1; }},
        Lie{"PlaneBeyondThePool", [](Words& w) { w.descriptor.plane[0].offset = w.total; }},
        Lie{"PlaneAtTheLimit", [](Words& w) { w.descriptor.plane[0].offset = kHuge; }},
        Lie{"PlaneWrapsAround", [](Words& w) { w.descriptor.plane[0].offset = kHuge - 4096; }},
        Lie{"PlaneReachesIntoTheNextSlot",
            [](Words& w) {
              w.descriptor.plane[0].offset =
                  w.pixels_at + w.slot_bytes - test::kFrameBytes - kGuardBytes + 1;
            }},
        Lie{"LastRowBeyondThePool",
            [](Words& w) {
              w.descriptor.plane[0].offset = w.total - test::kFrameBytes - kGuardBytes + 1;
            }},
        Lie{"NoRows", [](Words& w) { w.descriptor.plane[0].rows = 0; }},
        Lie{"TooManyRows", [](Words& w) { w.descriptor.plane[0].rows = ~0U; }},
        Lie{"LongRow", [](Words& w) { w.descriptor.plane[0].row_bytes = ~0U; }},
        Lie{"StrideOverflows", [](Words& w) { w.descriptor.plane[0].stride = kHighest; }},
        Lie{"StrideOverflowsDownwards", [](Words& w) { w.descriptor.plane[0].stride = kLowest; }},
        Lie{"OneRowLessThanOverflow",
            [](Words& w) { w.descriptor.plane[0].stride = kHighest / (test::kRows - 1); }},
        Lie{"NegativeStrideLeavesThePool",
            [](Words& w) {
              w.descriptor.plane[0].offset = w.pixels_at;
              w.descriptor.plane[0].stride = -512;
            }},
        Lie{"NegativeStrideBelowZero",
            [](Words& w) {
              w.descriptor.plane[0].offset = w.pixels_at;
              w.descriptor.plane[0].stride = kLowest / test::kRows;
            }},
        Lie{"SecondPlaneInAnotherSlot",
            [](Words& w) {
              w.descriptor.plane_count = 2;
              w.descriptor.plane[0].offset = w.pixels_at;
              w.descriptor.plane[1] = w.descriptor.plane[0];
              w.descriptor.plane[1].offset = w.pixels_at + w.slot_bytes;
            }},
        Lie{"LastPlaneLies",
            [](Words& w) {
              w.descriptor.plane_count = kMaxPlanes;
              for (Plane& plane : w.descriptor.plane) plane = w.descriptor.plane[0];
              w.descriptor.plane[kMaxPlanes - 1].offset = kHuge - 1;
            }}),
    [](const auto& test) { return test.param.name; });

TEST(CorruptEnd, MoreFramesClaimedThanPublishedIsCorrupt) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.end_of_stream();
  edge.producer.pool().front().producer.end = 7;
  HeldFrame frame;
  ASSERT_EQ(consumer.next(frame), Status::ok);
  EXPECT_EQ(consumer.next(frame), Status::corrupt);
}

TEST(CorruptEnd, FewerFramesClaimedThanPublishedIsCorrupt) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.pool().front().producer.end = 2;  // one frame
  HeldFrame frame;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(consumer.next(frame), Status::ok);
  EXPECT_EQ(consumer.next(frame), Status::corrupt);
}

TEST(CorruptHead, HeadThatGoesBackIsCorruptForALatestConsumer) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(edge.publish(), Status::ok);
  HeldFrame frame;
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  edge.producer.pool().front().producer.head = 1;
  EXPECT_EQ(viewer.newest(frame), Status::corrupt);
}

TEST(CorruptClaims, ConsumerThatWritesNonsenseHarmsOnlyItself) {
  Edge edge;
  const test::Seat& liar = edge.seat(Policy::lossless);
  const test::Seat& lying_viewer = edge.seat(Policy::latest);
  LosslessConsumer honest = edge.lossless();
  const ClaimsMapping page(copy_of(liar.claims.get()), Access::write);
  const ClaimsMapping viewers_page(copy_of(lying_viewer.claims.get()), Access::write);
  std::uint64_t seed = 1;
  std::uint64_t taken = 0;
  HeldFrame frame;
  for (int i = 0; i < 2000; ++i) {
    for (Word64& word : page.claims().done) word = i % 2 == 0 ? edge.producer.published() : ++seed;
    for (Word64& word : viewers_page.claims().hold) word = (seed = seed * 6364136223846793005U + 1);
    page.claims().position = kHuge;
    (void)edge.publish();
    // What the liar holds up is its supervisor's to end; the honest one's frames stay intact.
    while (honest.next(frame) == Status::ok) {
      ++taken;
      ASSERT_EQ(frame.number, taken);
      ASSERT_TRUE(test::is_stamped(frame));
    }
  }
  EXPECT_GT(taken, 0U);
}

TEST(CorruptClaims, EveryHoldWordOnOneEntryStopsNobody) {
  Edge edge({.slots = 16, .entries = 16, .slot_bytes = 16 << 10});
  const test::Seat& liar = edge.seat(Policy::latest);
  const ClaimsMapping page(copy_of(liar.claims.get()), Access::write);
  for (std::uint32_t k = 0; k < kMaxHolds; ++k) page.claims().hold[k] = k + 1;
  for (int i = 0; i < 200; ++i) ASSERT_EQ(edge.publish(), Status::ok) << i;
}

}  // namespace
}  // namespace latham::ringbuf
