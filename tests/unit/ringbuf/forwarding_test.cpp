// SPDX-License-Identifier: MIT
// Entries whose pixels lie in an upstream pool.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "tests/unit/ringbuf/forwarding_edges.h"

namespace latham::ringbuf {
namespace {

using test::Edge;
using test::is_stamped;

TEST_F(Forwarding, PixelsAreReadWhereTheyLieUpstream) {
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  for (std::uint64_t q = 1; q <= 100; ++q) {
    pass();
    HeldFrame frame;
    ASSERT_EQ(encoder.next(frame), Status::ok);
    EXPECT_EQ(frame.number, q);
    EXPECT_EQ(frame.origin, q);
    EXPECT_TRUE(is_stamped(frame, q));
    frame.claim.reset();
    (void)down_.producer.reclaim();
  }
  EXPECT_EQ(filter_in_.evicted(), 0U);
}

TEST_F(Forwarding, EntryThatNamesAnUnknownPoolIsCorrupt) {
  LosslessConsumer encoder = down_.lossless();  // was not handed the upstream pool
  pass();
  HeldFrame frame;
  EXPECT_EQ(encoder.next(frame), Status::corrupt);
}

TEST_F(Forwarding, PoolOfADeadIncarnationIsNotTakenForTheLiveOne) {
  const Edge dead(kGeometry, {kDownstream.session, 1, 2});
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(dead.pool.get()));
  pass();
  HeldFrame frame;
  EXPECT_EQ(encoder.next(frame), Status::corrupt);
}

TEST_F(Forwarding, UpstreamHoldLastsUntilTheDownstreamConsumerIsDone) {
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  pass();
  HeldFrame frame;
  ASSERT_EQ(encoder.next(frame), Status::ok);
  (void)down_.producer.reclaim();
  EXPECT_EQ(up_.producer.reclaim(), 1U);
  frame.claim.reset();
  (void)down_.producer.reclaim();
  EXPECT_EQ(up_.producer.reclaim(), 0U);
}

TEST_F(Forwarding, ConsumerThatLeavesUpstreamKeepsItsPixels) {
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  std::deque<HeldFrame> held(3);
  for (HeldFrame& frame : held) {
    pass();
    ASSERT_EQ(encoder.next(frame), Status::ok);
  }
  encoder.leave_upstream();
  EXPECT_EQ(encoder.evicted(), 3U);
  // The filter's holds end with it, and the decoder writes where the pixels lay.
  EXPECT_EQ(down_.producer.reclaim(), 0U);
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(up_.publish(), Status::ok);
    (void)take();
  }
  for (std::uint64_t q = 1; q <= 3; ++q) EXPECT_TRUE(is_stamped(held[q - 1], q));
}

TEST_F(Forwarding, MemoryThatIsInNoHeldFrameIsNotForwarded) {
  ASSERT_EQ(up_.publish(), Status::ok);
  const auto frame = take();
  std::vector<std::byte> elsewhere(test::kFrameBytes);
  Identity pool{};
  std::uint64_t offset = 0;
  EXPECT_EQ(filter_in_.forward(elsewhere.data(), elsewhere.size(), pool, offset, pin_),
            Forward::no);
  EXPECT_EQ(filter_in_.forward(frame->plane[0].data - 4096, 64, pool, offset, pin_), Forward::no);
  EXPECT_EQ(filter_in_.forward(frame->plane[0].data, 1 << 20, pool, offset, pin_), Forward::no);
  const std::byte* data = frame->plane[0].data;
  frame->claim.reset();
  EXPECT_EQ(filter_in_.forward(data, 64, pool, offset, pin_), Forward::no) << "let go";
}

TEST_F(Forwarding, CropOfAFrameIsForwardedByItsOffset) {
  ASSERT_EQ(up_.publish(), Status::ok);
  const auto frame = take();
  Identity pool{};
  std::uint64_t offset = 0;
  ASSERT_EQ(filter_in_.forward(frame->plane[0].data + 512 + 32, 64, pool, offset, pin_),
            Forward::yes);
  EXPECT_TRUE(pool == test::kIdentity);
  const PoolHeader& header = up_.producer.pool().header();
  EXPECT_EQ(offset, header.pixels_at + up_.last_slot * header.slot_bytes + 512 + 32);
}

TEST_F(Forwarding, MovedFrameIsCopiedNotForwarded) {
  std::vector<std::shared_ptr<HeldFrame>> kept;
  for (int q = 0; q < 7; ++q) {
    ASSERT_EQ(up_.publish(), Status::ok);
    kept.push_back(take());
  }
  ASSERT_EQ(filter_in_.evicted(), 1U);
  Identity pool{};
  std::uint64_t offset = 0;
  EXPECT_EQ(filter_in_.forward(kept[0]->plane[0].data, 64, pool, offset, pin_), Forward::no);
  EXPECT_EQ(filter_in_.forward(kept[1]->plane[0].data, 64, pool, offset, pin_), Forward::yes);
}

TEST_F(Forwarding, AnswersLaterOnceAsManyAreForwardedAsMayBe) {
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  for (std::uint32_t i = 0; i < LosslessConsumer::kMaxForwarded; ++i) pass();
  ASSERT_EQ(up_.publish(), Status::ok);
  const auto one_more = take();
  EXPECT_EQ(filter_in_.evicted(), 0U) << "a forwarded frame is never moved";
  EXPECT_EQ(forward(one_more), Status::full);
  HeldFrame frame;
  ASSERT_EQ(encoder.next(frame), Status::ok);
  frame.claim.reset();
  (void)down_.producer.reclaim();
  EXPECT_EQ(forward(one_more), Status::ok);
}

TEST_F(Forwarding, ForwardingOneFrameTwiceCountsItOnce) {
  ASSERT_EQ(up_.publish(), Status::ok);
  const auto frame = take();
  Identity pool{};
  std::uint64_t offset = 0;
  std::array<SlotPin, 3 * LosslessConsumer::kMaxForwarded> pins;
  for (std::size_t i = 0; i < pins.size(); ++i)
    EXPECT_EQ(filter_in_.forward(frame->plane[0].data, 64, pool, offset, pins[i]), Forward::yes);
  EXPECT_TRUE(filter_in_.may_forward());
}

TEST_F(Forwarding, FrameThatTheFilterKeepsMovesOnceNobodyDownstreamReadsIt) {
  // loop: every frame is shown and kept.
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  std::vector<std::shared_ptr<HeldFrame>> kept;
  for (std::uint64_t q = 1; q <= 40; ++q) {
    ASSERT_EQ(up_.publish(), Status::ok) << q;
    kept.push_back(take());
    ASSERT_EQ(forward(kept.back()), Status::ok) << q;
    HeldFrame frame;
    ASSERT_EQ(encoder.next(frame), Status::ok);
    EXPECT_TRUE(is_stamped(frame, q));
    frame.claim.reset();
    (void)down_.producer.reclaim();
  }
  EXPECT_EQ(filter_in_.evicted(), 34U);
  for (const auto& frame : kept) EXPECT_TRUE(is_stamped(*frame));
}

TEST_F(Forwarding, FrameThatTheFilterKeepsMovesWhenOnlyItStopsTheDecoder) {
  // mpdecimate: a frame is shown and kept, and all that are like it are dropped.
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  ASSERT_EQ(up_.publish(), Status::ok);
  const auto kept = take();
  ASSERT_EQ(forward(kept), Status::ok);
  HeldFrame shown;
  ASSERT_EQ(encoder.next(shown), Status::ok);
  while (up_.publish() == Status::ok) (void)take();
  HeldFrame none;
  ASSERT_EQ(filter_in_.next(none), Status::empty);
  ASSERT_EQ(filter_in_.evicted(), 0U) << "the encoder reads it";
  shown.claim.reset();
  (void)down_.producer.reclaim();
  EXPECT_EQ(filter_in_.next(none), Status::empty);
  EXPECT_EQ(up_.publish(), Status::ok) << "frame 17 waits for frame 1";
  EXPECT_TRUE(is_stamped(*kept));
}

TEST_F(Forwarding, NewestForwardedIsLetGoSoThatUpstreamGoesOn) {
  // select: one frame is shown, the next hundred are dropped.
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  pass();
  HeldFrame frame;
  ASSERT_EQ(encoder.next(frame), Status::ok);
  frame.claim.reset();
  for (int i = 0; i < 100; ++i) {
    (void)down_.producer.reclaim();
    ASSERT_EQ(up_.publish(), Status::ok) << "upstream stopped after " << i;
    (void)take();
  }
  EXPECT_EQ(filter_in_.evicted(), 0U);
}

TEST_F(Forwarding, HasLatestFollowsTheViewer) {
  EXPECT_FALSE(down_.producer.has_latest());
  (void)down_.lossless();
  EXPECT_FALSE(down_.producer.has_latest());
  const test::Seat& seat = down_.seat(Policy::latest);
  EXPECT_TRUE(down_.producer.has_latest());
  down_.producer.detach(seat.index);
  EXPECT_FALSE(down_.producer.has_latest());
}

TEST_F(Forwarding, ViewerThatJoinsDoesNotSeeTheForwardedNewest) {
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  pass();
  LatestConsumer viewer = down_.latest();
  viewer.add_upstream_pool(reopen_read_only(up_.pool.get()));
  HeldFrame frame;
  EXPECT_EQ(viewer.newest(frame), Status::empty);
  EXPECT_EQ(viewer.newest(frame), Status::empty);
  EXPECT_FALSE(viewer.ready());
  ASSERT_EQ(down_.publish(), Status::ok) << "copied, since a viewer is there";
  EXPECT_TRUE(viewer.ready());
  ASSERT_EQ(viewer.newest(frame), Status::ok);
  EXPECT_EQ(frame.number, 2U);
  EXPECT_TRUE(is_stamped(frame));
}

TEST_F(Forwarding, OnePictureShownByManyEntriesIsNotMovedWhileReadDownstream) {
  // A screen recording: the decoder shows one buffer again and again. Each entry is held and
  // forwarded by itself, but all name the same bytes.
  LosslessConsumer encoder = down_.lossless();
  encoder.add_upstream_pool(reopen_read_only(up_.pool.get()));
  SlotUse picture;
  ASSERT_EQ(up_.producer.try_acquire(test::kFrameBytes, picture), Status::ok);
  test::stamp(picture.pixels(), test::kFrameBytes, 1);
  const auto show_again = [&] {
    SlotUse words;
    ASSERT_EQ(up_.producer.try_acquire(0, words), Status::ok);
    ASSERT_EQ(up_.producer.publish(words, test::layout_in(up_.producer.pool(), picture.slot()), {},
                                   0, std::make_shared<SlotUse>(picture.share())),
              Status::ok);
  };
  for (int i = 0; i < 8; ++i) {
    show_again();
    ASSERT_EQ(forward(take()), Status::ok);
  }
  HeldFrame frame;
  ASSERT_EQ(encoder.next(frame), Status::ok);
  frame.claim.reset();
  (void)down_.producer.reclaim();  // the first of the eight is let go
  ASSERT_EQ(encoder.next(frame), Status::ok);
  picture = SlotUse();
  ASSERT_EQ(up_.publish(), Status::ok);
  (void)take();
  EXPECT_EQ(filter_in_.evicted(), 0U) << "the encoder still reads these bytes in the slot";
  for (int i = 0; i < 10 && up_.publish() == Status::ok; ++i) {
  }
  EXPECT_TRUE(is_stamped(frame, 1));
}

}  // namespace
}  // namespace latham::ringbuf
