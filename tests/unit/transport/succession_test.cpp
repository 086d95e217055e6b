// SPDX-License-Identifier: MIT
// A receiver whose producer is dead moves on to the successor's pool.
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/ringbuf/edge.h"
#include "transport/shared_memory.h"

namespace latham::transport {
namespace {

namespace ring = ringbuf;
using ring::test::Edge;

constexpr ring::PoolGeometry kGeometry{.slots = 8, .entries = 8, .slot_bytes = 16 << 10};
constexpr ring::Identity kSecond{.session = 0x5e55, .edge = 1, .incarnation = 2};

class Succession : public testing::Test {
 protected:
  void publish(Edge& edge, std::uint64_t origin) {
    ASSERT_EQ(edge.publish(nullptr, origin), ring::Status::ok);
  }
  /// The origins of what arrives, until nothing does; each is kept. The numbers count on.
  std::vector<std::uint64_t> arrivals() {
    std::vector<std::uint64_t> origins;
    for (IncomingFrame frame; (last_ = receiver_.receive(frame)) == Status::ok; frame = {}) {
      EXPECT_EQ(frame.number, frame.origin);
      origins.push_back(frame.origin);
      kept_.push_back(frame.hold);
    }
    return origins;
  }

  Edge first_{kGeometry};
  Edge second_{kGeometry, kSecond};
  SharedMemoryReceiver receiver_{first_.lossless()};
  std::vector<std::shared_ptr<void>> kept_;
  Status last_ = Status::again;
};

TEST_F(Succession, WhatTheDeadPoolShowsComesFirst) {
  for (std::uint64_t q = 1; q <= 5; ++q) publish(first_, q);
  IncomingFrame taken;
  ASSERT_EQ(receiver_.receive(taken), Status::ok);
  ASSERT_TRUE(receiver_.move_to(second_.lossless(), 5));
  EXPECT_TRUE(receiver_.ready());
  publish(second_, 6);
  publish(second_, 7);
  second_.producer.end_of_stream();
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(last_, Status::end);
}

TEST_F(Succession, EndInTheDeadPoolIsNotTheEnd) {
  publish(first_, 1);
  first_.producer.end_of_stream();
  ASSERT_TRUE(receiver_.move_to(second_.lossless(), 1));
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(last_, Status::again);
  second_.producer.end_of_stream();
  EXPECT_TRUE(arrivals().empty());
  EXPECT_EQ(last_, Status::end);
}

TEST_F(Succession, FramesOfTheDeadPoolStayReadable) {
  publish(first_, 1);
  IncomingFrame frame;
  ASSERT_EQ(receiver_.receive(frame), Status::ok);
  ASSERT_TRUE(receiver_.move_to(second_.lossless(), 1));
  EXPECT_TRUE(ring::test::is_stamped(frame.plane[0].data, ring::test::kFrameBytes, 1));
}

TEST_F(Succession, SecondSuccessorIsFollowedToo) {
  const ring::Identity third{.session = 0x5e55, .edge = 1, .incarnation = 3};
  Edge last(kGeometry, third);
  publish(first_, 1);
  ASSERT_TRUE(receiver_.move_to(second_.lossless(), 1));
  publish(second_, 2);
  ASSERT_TRUE(receiver_.move_to(last.lossless(), 2));
  publish(last, 3);
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(Succession, DamagedPoolIsNotTakenOver) {
  publish(first_, 1);
  const ring::PoolMapping& pool = first_.producer.pool();
  pool.entry(2).number.store(2);
  pool.entry(2).slot.store(kGeometry.slots);
  pool.front().producer.head.store(2);
  EXPECT_FALSE(receiver_.move_to(second_.lossless(), 2));
}

/// A packet ring of one writer's life and its ends.
struct Ring {
  UniqueFd bell = ring::create_bell();
  UniqueFd ring_fd = ring::create_packet_ring(4096);
  UniqueFd page = ring::create_packet_reader();
  ring::PacketWriter writer{ring::test::copy_of(ring_fd.get()), ring::reopen_read_only(page.get()),
                            ring::test::copy_of(bell.get())};
  [[nodiscard]] ring::PacketReader reader() const {
    return {ring::reopen_read_only(ring_fd.get()), ring::test::copy_of(page.get()),
            ring::test::copy_of(bell.get())};
  }
};

TEST(PacketSuccession, OnlyMessagesThatCameWholeAreCounted) {
  Ring first;
  Ring second;
  const std::vector<std::byte> one(100, std::byte{1});
  const std::vector<std::byte> left(200, std::byte{2});
  const std::vector<std::byte> longer(6000, std::byte{3});
  SharedMemoryPacketReceiver receiver(first.reader());
  std::vector<std::byte> got;
  ASSERT_EQ(first.writer.try_write(one), ring::Status::ok);
  ASSERT_EQ(receiver.receive(got), Status::ok);
  ASSERT_EQ(first.writer.try_write(longer), ring::Status::full);  // its writer dies in the middle
  ASSERT_EQ(receiver.receive(got), Status::again);
  EXPECT_EQ(receiver.move_to(second.reader()), 1U);
  ASSERT_EQ(second.writer.try_write(left), ring::Status::ok);
  ASSERT_EQ(receiver.receive(got), Status::ok);
  EXPECT_EQ(got, left);
  Ring third;
  ASSERT_EQ(second.writer.try_write(left), ring::Status::ok);  // never taken
  EXPECT_EQ(receiver.move_to(third.reader()), 2U);
  EXPECT_EQ(receiver.receive(got), Status::again);
}

}  // namespace
}  // namespace latham::transport
