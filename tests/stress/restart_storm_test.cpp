// SPDX-License-Identifier: MIT
// A lossless consumer is killed again and again, wherever it happens to be.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>
#include <vector>

#include "tests/support/child.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::keep_open;
using latham::test::spawn_child;
using test::copy_of;
using test::Edge;

constexpr std::uint64_t kMost = 50 * 350 + 200;  ///< Entries that the test may publish.

/// What the reader leaves behind of its work; outlives it.
struct Log {
  std::atomic<std::uint32_t> seen[kMost];  ///< How often entry i was checked and found intact.
  std::atomic<std::uint64_t> wrong;
  std::atomic<std::uint64_t> last;
};

class SharedLog {
 public:
  explicit SharedLog(UniqueFd fd) : map_(std::move(fd), Access::write, sizeof(Log), "log") {}
  Log* operator->() const { return reinterpret_cast<Log*>(map_.data()); }

 private:
  Mapping map_;
};

/// args: pool, claims, producer's bell, own bell, log.
LATHAM_CHILD(storm_reader) {
  const auto fd = [&](std::size_t i) { return copy_of(std::stoi(args.at(i))); };
  LosslessConsumer consumer(fd(0), fd(1), fd(2), test::kNoBudget);
  OwnBell bell(fd(3));
  const SharedLog log(fd(4));
  HeldFrame kept;  // two at a time, done in the wrong order now and then
  for (;;) {
    HeldFrame frame;
    Status status = consumer.next(frame);
    for (; status == Status::empty; status = consumer.next(frame))
      bell.wait([&] { return consumer.ready(); });
    if (status == Status::end) return 0;
    if (status != Status::ok) return 1;
    if (!test::is_stamped(frame)) ++log->wrong;
    ++log->seen[frame.number];
    log->last = frame.number;
    if (frame.number % 3 == 0) frame.claim.reset();
    if (frame.claim) kept = std::move(frame);
  }
}

TEST(RestartStorm, FiftyKillsAndEveryEntryIsSeen) {
  Edge edge({.slots = 8, .entries = 8, .slot_bytes = 16 << 10});
  const UniqueFd page = create_region("log", sizeof(Log));
  const SharedLog log(copy_of(page.get()));
  const test::Seat& seat = edge.seat(Policy::lossless);
  OwnBell own(copy_of(edge.bell.get()));
  const UniqueFd pool = reopen_read_only(edge.pool.get());
  std::mt19937 random(4711);

  const auto start = [&] {
    return spawn_child("storm_reader", keep_open(pool.get()), keep_open(seat.claims.get()),
                       keep_open(edge.bell.get()), keep_open(seat.bell.get()),
                       keep_open(page.get()));
  };
  /// Publishes until the entry is there; the consumer, alive, makes that possible.
  const auto publish_until = [&](std::uint64_t last) {
    while (edge.producer.published() < last) {
      const Status status = edge.publish();
      if (status == Status::ok) continue;
      ASSERT_EQ(status, Status::full);
      own.wait([&] { return edge.producer.reclaim() < 8; });
    }
  };
  for (int kill = 0; kill < 50; ++kill) {
    Child child = start();
    // Each incarnation must get through a part of its own before it is killed at work.
    publish_until(edge.producer.published() + 50 + random() % 300);
    child.kill();
    EXPECT_EQ(child.wait().signal, SIGKILL);
    edge.attach(seat, Policy::lossless);
  }
  Child child = start();
  publish_until(edge.producer.published() + 100);
  edge.producer.end_of_stream();
  EXPECT_EQ(child.wait().code, 0);

  EXPECT_EQ(edge.producer.reclaim(), 0U);
  EXPECT_EQ(log->wrong, 0U);
  const std::uint64_t published = edge.producer.published();
  std::uint64_t again = 0;
  for (std::uint64_t q = 1; q <= published; ++q) {
    ASSERT_GE(log->seen[q], 1U) << "entry " << q << " of " << published << " was never seen";
    again += log->seen[q] - 1;
  }
  // A kill gives again at most what is not done: what was taken and held, here two.
  EXPECT_LE(again, 50U * 3);
}

}  // namespace
}  // namespace latham::ringbuf
