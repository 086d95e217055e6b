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
  /// The origins of what arrives, until nothing does; each is kept.
  std::vector<std::uint64_t> arrivals() {
    std::vector<std::uint64_t> origins;
    for (IncomingFrame frame; (last_ = receiver_.receive(frame)) == Status::ok; frame = {}) {
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
  receiver_.move_to(second_.lossless());
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
  receiver_.move_to(second_.lossless());
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
  receiver_.move_to(second_.lossless());
  EXPECT_TRUE(ring::test::is_stamped(frame.plane[0].data, ring::test::kFrameBytes, 1));
}

TEST_F(Succession, SecondSuccessorIsFollowedToo) {
  const ring::Identity third{.session = 0x5e55, .edge = 1, .incarnation = 3};
  Edge last(kGeometry, third);
  publish(first_, 1);
  receiver_.move_to(second_.lossless());
  publish(second_, 2);
  receiver_.move_to(last.lossless());
  publish(last, 3);
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace latham::transport
