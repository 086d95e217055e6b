// SPDX-License-Identifier: MIT
// Producer and lossless consumers: order, back-pressure, attach, detach, end of stream, keeps.
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "ringbuf/producer.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::counting_keep;
using test::Edge;
using test::is_stamped;

void expect_next(LosslessConsumer& consumer, HeldFrame& frame, std::uint64_t number) {
  ASSERT_EQ(consumer.next(frame), Status::ok) << "entry " << number;
  EXPECT_EQ(frame.number, number);
  EXPECT_TRUE(is_stamped(frame)) << "entry " << number;
}

TEST(FrameRing, FramesArriveOnceInOrderIntact) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  HeldFrame frame;
  EXPECT_EQ(consumer.next(frame), Status::empty);
  for (std::uint64_t q = 1; q <= 1000; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok);
    EXPECT_TRUE(consumer.ready());
    expect_next(consumer, frame, q);
    EXPECT_FALSE(consumer.ready());
    EXPECT_EQ(consumer.next(frame), Status::empty);
  }
  EXPECT_EQ(consumer.taken(), 1000U);
  EXPECT_EQ(edge.producer.published(), 1000U);
}

TEST(FrameRing, MetadataAndOriginTravelWithTheFrame) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  std::vector<std::byte> meta(kMetaBytes);
  for (std::size_t i = 0; i < meta.size(); ++i) meta[i] = static_cast<std::byte>(i * 7);
  ASSERT_EQ(edge.publish(nullptr, 77, meta), Status::ok);
  ASSERT_EQ(edge.publish(nullptr, 0, {}), Status::ok);
  HeldFrame frame;
  expect_next(consumer, frame, 1);
  EXPECT_EQ(frame.origin, 77U);
  EXPECT_EQ(frame.meta, meta);
  expect_next(consumer, frame, 2);
  EXPECT_EQ(frame.origin, 0U);
  EXPECT_TRUE(frame.meta.empty());
}

TEST(FrameRing, TooMuchMetadataIsRefusedAndNothingIsPublished) {
  Edge edge;
  const std::vector<std::byte> meta(kMetaBytes + 1);
  EXPECT_EQ(edge.publish(nullptr, 0, meta), Status::corrupt);
  EXPECT_EQ(edge.producer.published(), 0U);
  EXPECT_EQ(edge.producer.free_slots(), 4U);
}

TEST(FrameRing, PublishOnFullRingReturnsFullUntilTheOldestIsDone) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  for (int q = 1; q <= 4; ++q) ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.publish(), Status::full);
  EXPECT_EQ(edge.producer.reclaim(), 4U);
  HeldFrame frame;
  expect_next(consumer, frame, 1);
  EXPECT_EQ(edge.publish(), Status::full) << "taken is not done";
  frame.claim.reset();
  EXPECT_EQ(edge.producer.reclaim(), 3U);
  EXPECT_EQ(edge.publish(), Status::ok);
}

TEST(FrameRing, PlaceOfAnOwedEntryIsNotRewrittenThoughASlotIsFree) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  std::array<HeldFrame, 3> frames;
  for (std::uint64_t q = 1; q <= 4; ++q) ASSERT_EQ(edge.publish(), Status::ok);
  for (std::uint64_t q = 1; q <= 3; ++q) expect_next(consumer, frames[q - 1], q);
  frames[1].claim.reset();  // 2 is done, 1 is not: entry 5 would lie at entry 1's place
  EXPECT_EQ(edge.producer.free_slots(), 1U);
  EXPECT_EQ(edge.publish(), Status::full);
  EXPECT_EQ(edge.producer.free_slots(), 1U) << "the slot came back";
  frames[0].claim.reset();
  EXPECT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.publish(), Status::ok);
  EXPECT_TRUE(is_stamped(frames[2]));
}

TEST(FrameRing, DoneOutOfOrderFreesEachSlotAtOnce) {
  Edge edge({.slots = 8, .entries = 16, .slot_bytes = 16 << 10});
  LosslessConsumer consumer = edge.lossless();
  std::array<HeldFrame, 8> frames;
  for (std::uint64_t q = 1; q <= 8; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok);
    expect_next(consumer, frames[q - 1], q);
  }
  std::uint32_t owed = 8;
  for (const std::size_t i : {5U, 2U, 6U, 0U, 3U, 1U, 4U}) {
    frames[i].claim.reset();
    EXPECT_EQ(edge.producer.reclaim(), --owed);
    EXPECT_EQ(edge.producer.free_slots(), 8 - owed);
    for (const HeldFrame& frame : frames) EXPECT_TRUE(!frame.claim || is_stamped(frame));
  }
  frames[7].claim.reset();
  EXPECT_EQ(edge.producer.reclaim(), 0U);
  EXPECT_EQ(edge.producer.free_slots(), 7U) << "the newest stays shown";
}

TEST(FrameRing, SlowestOfTwoConsumersHoldsTheProducer) {
  Edge edge;
  LosslessConsumer fast = edge.lossless();
  LosslessConsumer slow = edge.lossless();
  HeldFrame frame;
  for (std::uint64_t q = 1; q <= 4; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok);
    expect_next(fast, frame, q);
  }
  frame.claim.reset();
  EXPECT_EQ(edge.publish(), Status::full);
  expect_next(slow, frame, 1);
  frame.claim.reset();
  EXPECT_EQ(edge.publish(), Status::ok);
  expect_next(fast, frame, 5);
}

TEST(FrameRing, ConsumerIsOwedNothingFromBeforeItsAttach) {
  Edge edge;
  ASSERT_EQ(edge.publish(), Status::ok);
  ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.producer.reclaim(), 0U) << "nobody is attached";
  LosslessConsumer late = edge.lossless();
  EXPECT_EQ(edge.producer.pool().front().owed_from[0].load(), 3U);
  HeldFrame frame;
  EXPECT_EQ(late.next(frame), Status::empty);
  EXPECT_EQ(edge.producer.reclaim(), 0U);
  ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.producer.reclaim(), 1U);
  expect_next(late, frame, 3);
}

TEST(FrameRing, ConsumerThatTheProducerHasNotTakenInSeesNothing) {
  Edge edge;
  const test::Seat seat = test::make_seat(0);
  LosslessConsumer early = edge.open_lossless(seat);
  ASSERT_EQ(edge.publish(), Status::ok);
  HeldFrame frame;
  EXPECT_FALSE(early.ready());
  EXPECT_EQ(early.next(frame), Status::empty);
  edge.attach(seat, Policy::lossless);
  ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_TRUE(early.ready());
  expect_next(early, frame, 2);
}

TEST(FrameRing, SecondAttachOfAnIndexKeepsWhatIsOwed) {
  Edge edge;
  const test::Seat& seat = edge.seat(Policy::lossless);
  ASSERT_EQ(edge.publish(), Status::ok);
  ASSERT_EQ(edge.publish(), Status::ok);
  edge.attach(seat, Policy::lossless);
  EXPECT_EQ(edge.producer.reclaim(), 2U);
  LosslessConsumer consumer = edge.open_lossless(seat);
  HeldFrame frame;
  expect_next(consumer, frame, 1);
}

TEST(FrameRing, DetachEndsAllClaimsAtOnce) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  std::array<HeldFrame, 4> frames;
  for (std::uint64_t q = 1; q <= 4; ++q) ASSERT_EQ(edge.publish(), Status::ok);
  for (std::uint64_t q = 1; q <= 3; ++q) expect_next(consumer, frames[q - 1], q);
  EXPECT_EQ(edge.publish(), Status::full);
  edge.producer.detach(0);
  EXPECT_EQ(edge.producer.reclaim(), 0U);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.producer.pool().front().owed_from[0].load(), 0U);
}

TEST(FrameRing, DetachOfWhoIsNotThereChangesNothing) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.detach(5);
  edge.producer.detach(kMaxConsumers);
  edge.producer.detach(~0U);
  EXPECT_EQ(edge.producer.reclaim(), 1U);
}

TEST(FrameRing, IndexIsUsedAgainAfterDetach) {
  Edge edge;
  (void)edge.lossless();
  ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.detach(0);
  const test::Seat seat = test::make_seat(0);
  edge.attach(seat, Policy::lossless);
  LosslessConsumer second = edge.open_lossless(seat);
  HeldFrame frame;
  EXPECT_EQ(second.next(frame), Status::empty);
  ASSERT_EQ(edge.publish(), Status::ok);
  expect_next(second, frame, 2);
}

TEST(FrameRing, AllSixteenConsumersSeeEveryFrame) {
  Edge edge;
  std::vector<LosslessConsumer> consumers;
  for (std::uint32_t i = 0; i < kMaxConsumers; ++i) consumers.push_back(edge.lossless());
  for (std::uint64_t q = 1; q <= 20; ++q) {
    ASSERT_EQ(edge.publish(), Status::ok);
    for (LosslessConsumer& consumer : consumers) {
      HeldFrame frame;
      expect_next(consumer, frame, q);
    }
  }
}

TEST(FrameRing, EmptyStreamEnds) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  edge.producer.end_of_stream();
  HeldFrame frame;
  EXPECT_TRUE(consumer.ready());
  EXPECT_EQ(consumer.next(frame), Status::end);
  EXPECT_EQ(consumer.next(frame), Status::end);
}

TEST(FrameRing, EndIsSeenOnlyAfterEveryFrame) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  for (int q = 1; q <= 3; ++q) ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.end_of_stream();
  edge.producer.end_of_stream();
  HeldFrame frame;
  for (std::uint64_t q = 1; q <= 3; ++q) {
    EXPECT_TRUE(consumer.ready());
    expect_next(consumer, frame, q);
  }
  EXPECT_TRUE(consumer.ready());
  EXPECT_EQ(consumer.next(frame), Status::end);
  EXPECT_EQ(edge.producer.reclaim(), 0U);
}

TEST(FrameRing, ConsumerThatJoinsAtTheEndSeesTheEnd) {
  Edge edge;
  ASSERT_EQ(edge.publish(), Status::ok);
  edge.producer.end_of_stream();
  LosslessConsumer consumer = edge.lossless();
  HeldFrame frame;
  EXPECT_EQ(consumer.next(frame), Status::end);
}

TEST(FrameRing, KeepIsDroppedOnceWhenTheEntryIsDoneAndNotNewest) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  int dropped = 0;
  ASSERT_EQ(edge.publish(counting_keep(dropped)), Status::ok);
  HeldFrame frame;
  expect_next(consumer, frame, 1);
  (void)edge.producer.reclaim();
  EXPECT_EQ(dropped, 0) << "held";
  frame.claim.reset();
  (void)edge.producer.reclaim();
  EXPECT_EQ(dropped, 0) << "the newest stays readable";
  ASSERT_EQ(edge.publish(), Status::ok);
  (void)edge.producer.reclaim();
  EXPECT_EQ(dropped, 1);
  for (int i = 0; i < 10; ++i) {
    if (edge.publish() != Status::ok) expect_next(consumer, frame, consumer.taken() + 1);
    (void)edge.producer.reclaim();
  }
  EXPECT_EQ(dropped, 1);
}

TEST(FrameRing, KeepOfARefusedFrameIsDroppedByTheCaller) {
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  SlotUse spare;
  ASSERT_EQ(edge.producer.try_acquire(test::kFrameBytes, spare), Status::ok);
  std::array<HeldFrame, 4> frames;
  for (std::uint64_t q = 1; q <= 3; ++q) ASSERT_EQ(edge.publish(), Status::ok);
  for (std::uint64_t q = 1; q <= 3; ++q) expect_next(consumer, frames[q - 1], q);
  frames[1].claim.reset();
  ASSERT_EQ(edge.publish(), Status::ok);
  int dropped = 0;
  // Entry 5 would lie at the place of entry 1, which is held.
  EXPECT_EQ(edge.producer.publish(spare, test::layout_in(edge.producer.pool(), spare.slot()), {}, 0,
                                  counting_keep(dropped)),
            Status::full);
  EXPECT_EQ(dropped, 1);
  EXPECT_TRUE(spare) << "the slot is still the caller's, to offer again";
  frames[0].claim.reset();
  EXPECT_EQ(edge.producer.publish(spare, test::layout_in(edge.producer.pool(), spare.slot()), {}, 0,
                                  counting_keep(dropped)),
            Status::ok);
  EXPECT_EQ(dropped, 1);
}

TEST(FrameRing, KeepsGoWithTheProducer) {
  int dropped = 0;
  {
    Edge edge;
    LosslessConsumer consumer = edge.lossless();
    for (int i = 0; i < 3; ++i) ASSERT_EQ(edge.publish(counting_keep(dropped)), Status::ok);
    EXPECT_EQ(dropped, 0);
  }
  EXPECT_EQ(dropped, 3);
}

TEST(FrameRing, KeepMayGiveBackASlotOfTheSamePool) {
  // A codec's picture lies in slot A; its second showing is described by slot B and keeps A.
  Edge edge;
  LosslessConsumer consumer = edge.lossless();
  SlotUse picture;
  ASSERT_EQ(edge.producer.try_acquire(test::kFrameBytes, picture), Status::ok);
  test::stamp(picture.pixels(), test::kFrameBytes, 1);
  SlotUse words;
  ASSERT_EQ(edge.producer.try_acquire(0, words), Status::ok);
  const FrameLayout layout = test::layout_in(edge.producer.pool(), picture.slot());
  auto keep = std::make_shared<SlotUse>(std::move(picture));
  ASSERT_EQ(edge.producer.publish(words, layout, {}, 0, keep), Status::ok);
  keep.reset();
  words = SlotUse();
  EXPECT_EQ(edge.producer.free_slots(), 2U);
  HeldFrame frame;
  expect_next(consumer, frame, 1);
  frame.claim.reset();
  ASSERT_EQ(edge.publish(), Status::ok);
  (void)edge.producer.reclaim();
  EXPECT_EQ(edge.producer.free_slots(), 3U);
}

TEST(FrameRing, FrameOutlivesTheConsumerItCameFrom) {
  Edge edge;
  HeldFrame frame;
  {
    LosslessConsumer consumer = edge.lossless();
    ASSERT_EQ(edge.publish(), Status::ok);
    expect_next(consumer, frame, 1);
  }
  EXPECT_TRUE(is_stamped(frame));
  EXPECT_EQ(edge.producer.reclaim(), 1U);
  frame.claim.reset();
  EXPECT_EQ(edge.producer.reclaim(), 0U);
}

}  // namespace
}  // namespace latham::ringbuf
