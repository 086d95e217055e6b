// SPDX-License-Identifier: MIT
// All roles of an edge as threads over one mapping, with every byte of every frame checked.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "tests/stress/one_mapping.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::copy_of;

constexpr std::uint64_t kFrames = 20'000;
constexpr std::uint32_t kViewerHolds = 3;

/// Small: 16 slots, of which two stopped viewers may take 2 * kViewerHolds.
constexpr PoolGeometry kGeometry{.slots = 16, .entries = 16, .slot_bytes = 16 << 10};

/// Mostly nothing, sometimes a yield, seldom a nap: every interleaving gets its turn.
class Pauses {
 public:
  explicit Pauses(unsigned seed) : random_(seed) {}
  void take() {
    const unsigned dice = static_cast<unsigned>(random_() % 256);
    if (dice == 0) std::this_thread::sleep_for(std::chrono::microseconds(random_() % 300));
    if (dice < 16) std::this_thread::yield();
  }
  unsigned upto(unsigned most) { return static_cast<unsigned>(random_() % (most + 1)); }

 private:
  std::mt19937 random_;
};

struct Failures {
  std::atomic<int> wrong_pixels = 0;
  std::atomic<int> wrong_number = 0;
  std::atomic<int> wrong_meta = 0;
  std::atomic<int> corrupt = 0;

  void check(const HeldFrame& frame) {
    if (!test::is_stamped(frame)) ++wrong_pixels;
    std::uint64_t number = 0;
    if (frame.meta.size() == sizeof(number))
      std::memcpy(&number, frame.meta.data(), sizeof(number));
    if (number != frame.number || frame.origin != number) ++wrong_meta;
  }
  void expect_none() const {
    EXPECT_EQ(wrong_pixels, 0);
    EXPECT_EQ(wrong_number, 0);
    EXPECT_EQ(wrong_meta, 0);
    EXPECT_EQ(corrupt, 0);
  }
};

void read_all(LosslessConsumer& consumer, OwnBell& bell, Failures& failures, unsigned seed) {
  Pauses pauses(seed);
  std::deque<HeldFrame> held;
  for (std::uint64_t expected = 1;; ++expected) {
    HeldFrame frame;
    Status status = consumer.next(frame);
    for (; status == Status::empty; status = consumer.next(frame))
      bell.wait([&] { return consumer.ready(); });
    if (status == Status::end && expected == kFrames + 1) break;
    if (status != Status::ok) {
      ++failures.corrupt;
      break;
    }
    if (frame.number != expected) ++failures.wrong_number;
    failures.check(frame);
    held.push_back(std::move(frame));
    pauses.take();
    // Let go out of order; never more than 5, so that nothing is evicted.
    while (held.size() > pauses.upto(4) + 1) {
      const auto which = held.begin() + pauses.upto(static_cast<unsigned>(held.size() - 1));
      failures.check(*which);
      held.erase(which);
    }
    while (!held.empty() && held.front().number + 8 < expected) held.pop_front();
  }
}

void watch(LatestConsumer& viewer, Failures& failures, unsigned seed,
           std::atomic<std::uint64_t>& seen) {
  Pauses pauses(seed);
  std::deque<HeldFrame> held;
  std::uint64_t last = 0;
  for (;;) {
    HeldFrame frame;
    const Status status = viewer.newest(frame);
    if (status == Status::end) break;
    if (status == Status::ok) {
      if (frame.number <= last) ++failures.wrong_number;
      last = frame.number;
      failures.check(frame);
      held.push_back(std::move(frame));
      ++seen;
    } else if (status != Status::empty) {
      ++failures.corrupt;
      break;
    } else {
      std::this_thread::yield();
    }
    pauses.take();
    while (held.size() >= kViewerHolds || (!held.empty() && pauses.upto(3) == 0)) {
      failures.check(held.front());
      held.pop_front();
    }
  }
}

TEST(RingStress, EveryRoleOverOneMappingSeesIntactFrames) {
  const stress::OneMapping one;
  const UniqueFd pool = create_pool(test::kIdentity, kGeometry);
  const UniqueFd bell = create_bell();
  Producer producer(copy_of(pool.get()));
  OwnBell own(copy_of(bell.get()));
  Failures failures;
  std::vector<test::Seat> seats;
  for (std::uint32_t i = 0; i < 4; ++i) {
    seats.push_back(test::make_seat(i));
    producer.attach(copy_of(seats[i].claims.get()), copy_of(seats[i].bell.get()),
                    i < 2 ? Policy::lossless : Policy::latest);
  }
  std::vector<std::thread> threads;
  std::array<std::atomic<std::uint64_t>, 2> seen{};
  for (std::uint32_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      LosslessConsumer consumer(copy_of(pool.get()), copy_of(seats[i].claims.get()),
                                copy_of(bell.get()), test::kNoBudget);
      OwnBell consumers(copy_of(seats[i].bell.get()));
      read_all(consumer, consumers, failures, 100 + i);
      EXPECT_EQ(consumer.evicted(), 0U);
    });
    threads.emplace_back([&, i] {
      LatestConsumer viewer(copy_of(pool.get()), copy_of(seats[2 + i].claims.get()));
      watch(viewer, failures, 200 + i, seen[i]);
    });
  }

  Pauses pauses(1);
  while (producer.published() < kFrames && failures.corrupt == 0) {
    SlotUse use;
    if (producer.try_acquire(test::kFrameBytes, use) != Status::ok) {
      own.wait([&] { return producer.free_slots() > 0; });
      continue;
    }
    const std::uint64_t number = producer.published() + 1;
    test::stamp(use.pixels(), test::kFrameBytes, number);
    const auto meta = std::as_bytes(std::span(&number, 1));
    const FrameLayout layout = test::layout_in(producer.pool(), use.slot());
    while (producer.publish(use, layout, meta, number, nullptr) == Status::full &&
           failures.corrupt == 0)
      own.wait([&] { return producer.reclaim() < 8; });
    pauses.take();
  }
  producer.end_of_stream();
  for (std::thread& thread : threads) thread.join();
  failures.expect_none();
  EXPECT_EQ(producer.reclaim(), 0U);
  // All but the first mapping of each: the pool, 4 pages, the producer's bell, 2 more bells.
  EXPECT_GE(stress::OneMapping::shared(), 4 + 4 + 2 + 2);
  RecordProperty("seen_by_viewers", static_cast<int>(seen[0] + seen[1]));
}

}  // namespace
}  // namespace latham::ringbuf
