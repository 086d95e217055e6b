// SPDX-License-Identifier: MIT
// A hostile producer rewrites everything that it may write, at random and on purpose, while honest consumers
// read, and a hostile consumer its claims while a producer writes. Nobody reads or writes outside its memory,
// waits past its bound or crashes; the sanitizers' builds are the sharper test.
#include "tests/unit/ringbuf/scribbler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "ringbuf/packet_ring.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::copy_of;
using test::Edge;
using test::kStorm;
using test::Scribbler;
using Clock = std::chrono::steady_clock;

/// Touches every byte that a frame claims to have.
std::uint64_t read_all(const HeldFrame& frame) {
  std::uint64_t sum = 0;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p)
    for (std::uint32_t row = 0; row < std::min(frame.plane[p].rows, 64U); ++row)
      for (std::uint32_t at = 0; at < frame.plane[p].row_bytes; at += 64)
        sum += std::to_integer<unsigned>(
            frame.plane[p].data[static_cast<std::int64_t>(row) * frame.plane[p].stride + at]);
  for (const std::byte b : frame.meta) sum += std::to_integer<unsigned>(b);
  return sum;
}

/// A pool's words without its header, which is checked once and copied.
Mapping writable(const UniqueFd& fd) {
  return {copy_of(fd.get()), Access::write, 64, "scribbled"};
}

/// A pool that shows frames, and whose producer has gone mad.
class ScribbledPool {
 public:
  explicit ScribbledPool(Policy policy) : producer_(copy_of(pool_.get())) {
    producer_.attach(reopen_read_only(seat_.claims.get()), copy_of(seat_.bell.get()), policy);
    const std::vector<std::byte> meta(200, std::byte{7});
    for (std::uint32_t i = 1; i < test::kSmall.slots; ++i) {
      SlotUse use;
      EXPECT_EQ(producer_.try_acquire(test::kFrameBytes, use), Status::ok);
      test::stamp(use.pixels(), test::kFrameBytes, i);
      const FrameLayout layout = test::layout_in(producer_.pool(), use.slot());
      EXPECT_EQ(producer_.publish(use, layout, meta, 0, nullptr), Status::ok);
    }
  }

  /// One consumer after another takes all that it can get: after `corrupt` a real stage ends.
  template <class TakeAll>
  void expect_no_harm(const TakeAll& take_all) {
    const Mapping words = writable(pool_);
    const Scribbler scribbler(words.data() + sizeof(PoolHeader),
                              producer_.pool().header().pixels_at - sizeof(PoolHeader),
                              Scribbler::Afterwards::mends);
    // Claims of a consumer that has taken nothing.
    for (const auto until = Clock::now() + kStorm;
         Clock::now() < until || given_ == 0 || refused_ == 0;)
      take_all(reopen_read_only(pool_.get()), test::make_seat(0).claims);
    EXPECT_GT(scribbler.writes(), 100U);
    // For whoever looks at the log: how far the storm came.
    testing::Test::RecordProperty("given", std::to_string(given_));
    testing::Test::RecordProperty("refused", std::to_string(refused_));
    testing::Test::RecordProperty("sum", std::to_string(sum_));
  }

  bool saw(Status status, const HeldFrame& frame) {
    if (status == Status::corrupt) ++refused_;
    if (status != Status::ok) return false;
    ++given_;
    sum_ += read_all(frame);
    return true;
  }

 private:
  // Not sealed against writing: the scribbler is a producer.
  UniqueFd pool_ = create_pool(test::kIdentity, test::kSmall);
  Producer producer_;
  test::Seat seat_ = test::make_seat(0);
  std::uint64_t given_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t sum_ = 0;
};

TEST(Scribbler, OfAPoolFindsLosslessConsumersUnmoved) {
  ScribbledPool pool(Policy::lossless);
  const UniqueFd bell = create_bell();
  pool.expect_no_harm([&](UniqueFd memory, UniqueFd claims) {
    LosslessConsumer consumer(std::move(memory), std::move(claims), copy_of(bell.get()),
                              test::kNoBudget);
    HeldFrame frame;
    while (pool.saw(consumer.next(frame), frame)) (void)consumer.ready();
  });
}

TEST(Scribbler, OfAPoolFindsLatestConsumersUnmoved) {
  ScribbledPool pool(Policy::latest);
  pool.expect_no_harm([&](UniqueFd memory, UniqueFd claims) {
    LatestConsumer consumer(std::move(memory), std::move(claims));
    HeldFrame frame;
    while (pool.saw(consumer.newest(frame), frame)) (void)consumer.ready();
  });
}

TEST(Scribbler, OfItsClaimsStallsOnlyItself) {
  Edge edge;
  const test::Seat& hostile = edge.seat(Policy::latest);
  test::Seat& also = edge.seat(Policy::lossless);
  const Mapping latest_words = writable(hostile.claims);
  const Mapping lossless_words = writable(also.claims);
  const Scribbler one(latest_words.data() + sizeof(ClaimsHeader),
                      sizeof(Claims) - sizeof(ClaimsHeader));
  const Scribbler other(lossless_words.data() + sizeof(ClaimsHeader),
                        sizeof(Claims) - sizeof(ClaimsHeader));
  const auto until = Clock::now() + kStorm;
  while (Clock::now() < until) {
    (void)edge.publish();
    (void)edge.producer.reclaim();
  }
  // The supervisor takes them out, and the producer has all that it needs.
  edge.producer.detach(hostile.index);
  edge.producer.detach(also.index);
  const std::uint64_t before = edge.producer.published();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(edge.publish(), Status::ok);
  EXPECT_EQ(edge.producer.published(), before + 20);
}

TEST(Scribbler, OfAPacketRingIsRefusedOrReadWithinIt) {
  constexpr std::uint64_t kBytes = 1 << 16;
  const UniqueFd ring = create_packet_ring(kBytes);
  const UniqueFd page = create_packet_reader();
  const UniqueFd bell = create_bell();
  const Mapping words = writable(ring);
  const Scribbler scribbler(words.data() + 64, 4096 + kBytes - 64);
  std::uint64_t refused = 0;
  std::vector<std::byte> message;
  const auto until = Clock::now() + kStorm;
  while (Clock::now() < until) {
    PacketReader reader(reopen_read_only(ring.get()), copy_of(page.get()), copy_of(bell.get()));
    for (int i = 0; i < 50; ++i) {
      if (reader.try_read(message) == Status::corrupt) {
        ++refused;
        break;
      }
    }
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace latham::ringbuf
