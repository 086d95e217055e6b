// SPDX-License-Identifier: MIT
// Entries whose pixels lie in an upstream pool.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ringbuf/pool_end.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::Edge;
using test::is_stamped;
using Forward = LosslessConsumer::Forward;

constexpr Identity kDownstream{.session = 0x5e55, .edge = 2, .incarnation = 1};
constexpr PoolGeometry kGeometry{.slots = 16, .entries = 16, .slot_bytes = 16 << 10};

/// decoder edge -> a filter that touches nothing -> filter's edge.
class Forwarding : public testing::Test {
 protected:
  /// Shows a held upstream frame downstream, as a filter would: its hold is the entry's keep.
  Status forward(std::shared_ptr<HeldFrame> frame) {
    FrameLayout layout{.pool = {}, .plane_count = 1};
    layout.plane[0] = {0, test::kRowBytes, test::kRows, test::kRowBytes};
    auto keep = std::make_shared<std::pair<std::shared_ptr<HeldFrame>, SlotPin>>();
    const Forward answer = filter_in_.forward(frame->plane[0].data, test::kFrameBytes + kGuardBytes,
                                              layout.pool, layout.plane[0].offset, keep->second);
    if (answer != Forward::yes) return answer == Forward::later ? Status::full : Status::corrupt;
    SlotUse words;
    if (const Status status = down_.producer.try_acquire(0, words); status != Status::ok)
      return status;
    const std::uint64_t origin = frame->number;
    keep->first = std::move(frame);
    return down_.producer.publish(words, layout, {}, origin, std::move(keep));
  }
  std::shared_ptr<HeldFrame> take() {
    auto frame = std::make_shared<HeldFrame>();
    EXPECT_EQ(filter_in_.next(*frame), Status::ok);
    return frame;
  }
  /// One frame through the decoder and the filter.
  void pass() {
    ASSERT_EQ(up_.publish(), Status::ok);
    ASSERT_EQ(forward(take()), Status::ok);
  }

  std::optional<PoolEnd> down_end() { return end_of_dead_pool(reopen_read_only(down_.pool.get())); }

  Edge up_{kGeometry};
  Edge down_{kGeometry, kDownstream};
  LosslessConsumer filter_in_ = up_.lossless(6);
  SlotPin pin_;
};

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

TEST_F(Forwarding, EndOfADeadPoolNamesTheLastEntrysOrigin) {
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

TEST_F(Forwarding, DeadPoolWithoutItsNewestEntryHasNoEnd) {
  pass();
  down_.producer.pool().front().producer.head.store(2);
  EXPECT_FALSE(down_end());
}

TEST_F(Forwarding, DeadPoolOfMoreFramesThanAnyoneMakesHasNoEnd) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0} / 2;
  pass();
  const PoolMapping& pool = down_.producer.pool();
  pool.entry(kHuge).number.store(kHuge);
  pool.front().producer.head.store(kHuge);
  EXPECT_FALSE(down_end());
}

TEST_F(Forwarding, DeadPoolOfAnOriginThatNobodyHasHasNoEnd) {
  pass();
  down_.producer.pool().entry(1).origin.store(~std::uint64_t{0});
  EXPECT_FALSE(down_end());
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
