// SPDX-License-Identifier: MIT
// A hostile producer rewrites everything that it may write, at random and on purpose, while honest consumers
// read, and a hostile consumer its claims while a producer writes. Nobody reads or writes outside its memory,
// waits past its bound or crashes; the sanitizers' builds are the sharper test.
#include "tests/unit/ringbuf/scribbler.h"

#include <gtest/gtest.h>

#include <chrono>
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

TEST(Scribbler, OfAPoolFindsLosslessConsumersUnmoved) {
  // Not sealed against writing: the scribbler is a producer.
  const UniqueFd pool = create_pool(test::kIdentity, test::kSmall);
  Producer producer(copy_of(pool.get()));
  const test::Seat seat = test::make_seat(0);
  const UniqueFd bell = create_bell();
  producer.attach(reopen_read_only(seat.claims.get()), copy_of(seat.bell.get()), Policy::lossless);
  const Mapping words = writable(pool);
  const auto until = Clock::now() + kStorm;
  std::uint64_t sum = 0;
  std::uint64_t given = 0;
  std::uint64_t refused = 0;
  const Scribbler scribbler(words.data() + sizeof(PoolHeader),
                            producer.pool().header().pixels_at - sizeof(PoolHeader));
  while (Clock::now() < until) {
    // Anew each time: after `corrupt` a real stage ends.
    LosslessConsumer consumer(reopen_read_only(pool.get()), copy_of(seat.claims.get()),
                              copy_of(bell.get()), test::kNoBudget);
    for (int i = 0; i < 50; ++i) {
      HeldFrame frame;
      const Status status = consumer.next(frame);
      (void)consumer.ready();
      if (status == Status::ok) {
        ++given;
        sum += read_all(frame);
      } else if (status == Status::corrupt) {
        ++refused;
        break;
      }
    }
  }
  EXPECT_GT(scribbler.writes(), 100U)
      << given << " frames given, " << refused << " refused, sum " << sum;
}

TEST(Scribbler, OfAPoolFindsLatestConsumersUnmoved) {
  const UniqueFd pool = create_pool(test::kIdentity, test::kSmall);
  Producer producer(copy_of(pool.get()));
  const test::Seat seat = test::make_seat(0);
  producer.attach(reopen_read_only(seat.claims.get()), copy_of(seat.bell.get()), Policy::latest);
  const Mapping words = writable(pool);
  LatestConsumer consumer(reopen_read_only(pool.get()), copy_of(seat.claims.get()));
  std::uint64_t sum = 0;
  const auto until = Clock::now() + kStorm;
  const Scribbler scribbler(words.data() + sizeof(PoolHeader),
                            producer.pool().header().pixels_at - sizeof(PoolHeader));
  while (Clock::now() < until) {
    HeldFrame frame;
    if (consumer.newest(frame) == Status::ok) sum += read_all(frame);
    (void)consumer.ready();
  }
  EXPECT_GT(scribbler.writes(), 100U) << sum;
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
