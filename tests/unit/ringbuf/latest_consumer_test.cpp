// SPDX-License-Identifier: MIT
#include "ringbuf/latest_consumer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::copy_of;
using test::Edge;
using test::is_stamped;

/// Enough for the holds of one viewer and the producer.
constexpr PoolGeometry kRoomy{.slots = 16, .entries = 16, .slot_bytes = 16 << 10};

void publish(Edge& edge, int frames) {
  for (int i = 0; i < frames; ++i) ASSERT_EQ(edge.publish(), Status::ok) << i;
}

TEST(LatestConsumer, LateJoinerSeesTheNewestAtOnce) {
  Edge edge;
  publish(edge, 3);
  LatestConsumer viewer = edge.latest();
  HeldFrame frame;
  EXPECT_TRUE(viewer.ready());
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 3U);
  EXPECT_TRUE(is_stamped(frame));
}

TEST(LatestConsumer, LateJoinerSeesTheNewestThoughItIsDoneLongSince) {
  Edge edge;
  LosslessConsumer encoder = edge.lossless();
  HeldFrame frame;
  for (int i = 0; i < 9; ++i) {
    publish(edge, 1);
    ASSERT_EQ(encoder.next(frame), Status::ok);
    frame.claim.reset();
    (void)edge.producer.reclaim();
  }
  LatestConsumer viewer = edge.latest();
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 9U);
  EXPECT_TRUE(is_stamped(frame));
}

TEST(LatestConsumer, NothingPublishedIsEmpty) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  HeldFrame frame;
  EXPECT_FALSE(viewer.ready());
  EXPECT_EQ(viewer.newest(frame), Status::empty);
}

TEST(LatestConsumer, NotYetAttachedSeesNothing) {
  Edge edge;
  publish(edge, 1);
  const test::Seat seat = test::make_seat(2);
  LatestConsumer viewer = edge.open_latest(seat);
  HeldFrame frame;
  EXPECT_EQ(viewer.newest(frame), Status::empty);
  edge.attach(seat, Policy::latest);
  EXPECT_EQ(viewer.newest(frame), Status::ok);
}

TEST(LatestConsumer, EntriesBetweenAreSkippedAndCounted) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  HeldFrame frame;
  publish(edge, 1);
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(viewer.skipped(), 0U);
  publish(edge, 10);
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 11U);
  EXPECT_TRUE(is_stamped(frame));
  EXPECT_EQ(viewer.skipped(), 9U);
  EXPECT_EQ(viewer.newest(frame), Status::empty) << "not the same again";
}

TEST(LatestConsumer, AllHoldsInUseIsEmptyUntilOneIsLetGo) {
  Edge edge(kRoomy);
  LatestConsumer viewer = edge.latest();
  std::array<HeldFrame, kMaxHolds> frames;
  for (HeldFrame& frame : frames) {
    publish(edge, 1);
    ASSERT_EQ(viewer.newest(frame), Status::ok);
  }
  publish(edge, 1);
  HeldFrame one_more;
  EXPECT_EQ(viewer.newest(one_more), Status::empty);
  EXPECT_FALSE(viewer.ready()) << "or a viewer that waits for it would spin";
  frames[3].claim.reset();
  EXPECT_TRUE(viewer.ready());
  ASSERT_EQ(viewer.newest(one_more), Status::ok);
  EXPECT_EQ(one_more.number, kMaxHolds + 1);
}

TEST(LatestConsumer, HoldsKeepTheirBytesWhileTheStreamGoesOn) {
  Edge edge(kRoomy);
  LatestConsumer viewer = edge.latest();
  std::array<HeldFrame, kMaxHolds> frames;
  for (HeldFrame& frame : frames) {
    publish(edge, 3);
    ASSERT_EQ(viewer.newest(frame), Status::ok);
  }
  publish(edge, 500);
  for (const HeldFrame& frame : frames) EXPECT_TRUE(is_stamped(frame)) << frame.number;
}

TEST(LatestConsumer, StoppedHolderNeverBlocksTheProducer) {
  // Holds + 2 slots: one is written while the newest stays readable.
  Edge edge({.slots = kMaxHolds + 2, .entries = 16, .slot_bytes = 16 << 10});
  LatestConsumer viewer = edge.latest();
  std::array<HeldFrame, kMaxHolds> frames;
  for (HeldFrame& frame : frames) {
    publish(edge, 1);
    ASSERT_EQ(viewer.newest(frame), Status::ok);
  }
  publish(edge, 1000);
  for (const HeldFrame& frame : frames) EXPECT_TRUE(is_stamped(frame));
}

TEST(LatestConsumer, AnnouncedButNeverConfirmedHoldBlocksNobody) {
  Edge edge;
  const test::Seat& seat = edge.seat(Policy::latest);
  const ClaimsMapping page(copy_of(seat.claims.get()), Access::write);
  for (std::uint64_t q = 1; q <= 200; ++q) {
    page.claims().hold[0] = q;  // killed right after this store, for every entry
    ASSERT_EQ(edge.publish(), Status::ok);
  }
}

TEST(LatestConsumer, DetachFreesWhatADeadViewerHeld) {
  Edge edge;
  LosslessConsumer encoder = edge.lossless();
  const test::Seat& seat = edge.seat(Policy::latest);
  LatestConsumer viewer = edge.open_latest(seat);
  HeldFrame held;
  publish(edge, 1);
  ASSERT_EQ(viewer.newest(held), Status::ok);
  HeldFrame frame;
  publish(edge, 1);
  while (encoder.next(frame) == Status::ok) {
  }
  frame.claim.reset();
  EXPECT_EQ(edge.producer.free_slots(), 2U);
  edge.producer.detach(seat.index);
  EXPECT_EQ(edge.producer.free_slots(), 3U);
}

TEST(LatestConsumer, SuccessorOnTheSamePageStartsWithoutHolds) {
  Edge edge;
  const test::Seat& seat = edge.seat(Policy::latest);
  publish(edge, 1);
  auto dead = std::make_unique<HeldFrame>();
  LatestConsumer first = edge.open_latest(seat);
  ASSERT_EQ(first.newest(*dead), Status::ok);
  publish(edge, 1);
  LatestConsumer second = edge.open_latest(seat);
  EXPECT_EQ(edge.producer.free_slots(), 3U);
  HeldFrame frame;
  ASSERT_EQ(second.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 2U);
}

TEST(LatestConsumer, EndComesAfterTheLastEntry) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  publish(edge, 5);
  edge.producer.end_of_stream();
  HeldFrame frame;
  EXPECT_TRUE(viewer.ready());
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 5U);
  EXPECT_TRUE(viewer.ready());
  EXPECT_EQ(viewer.newest(frame), Status::end);
}

TEST(LatestConsumer, EmptyStreamEnds) {
  Edge edge;
  LatestConsumer viewer = edge.latest();
  edge.producer.end_of_stream();
  HeldFrame frame;
  EXPECT_EQ(viewer.newest(frame), Status::end);
}

TEST(LatestConsumer, TwoViewersHoldDifferentFrames) {
  Edge edge(kRoomy);
  LatestConsumer a = edge.latest();
  LatestConsumer b = edge.latest();
  HeldFrame old_frame;
  publish(edge, 1);
  ASSERT_EQ(a.newest(old_frame), Status::ok);
  for (int i = 0; i < 200; ++i) {
    publish(edge, 1);
    HeldFrame frame;
    ASSERT_EQ(b.newest(frame), Status::ok);
    ASSERT_TRUE(is_stamped(frame));
    ASSERT_TRUE(is_stamped(old_frame));
  }
  EXPECT_EQ(old_frame.number, 1U);
}

}  // namespace
}  // namespace latham::ringbuf
