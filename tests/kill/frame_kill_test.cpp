// SPDX-License-Identifier: MIT
// Each role of an edge dies at each of its stores to shared memory; docs/ring-protocol.md says what must
// still hold. The test is the supervisor: it learns of the death from the kernel and tells the others.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "ringbuf/input_position.h"
#include "ringbuf/ring_words.h"
#include "tests/kill/cast.h"
#include "tests/kill/kill_point.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::for_each_store;
using latham::test::keep_open;
using latham::test::Log;
using latham::test::spawn_child;
using latham::test::taken;
using latham::test::Word;
using test::copy_of;
using test::Seat;

constexpr std::uint64_t kFrames = 9;  // twice around the ring, and one
constexpr std::uint32_t kLosslessSeat = 0;
constexpr std::uint32_t kLatestSeat = 1;

/// args: pool, own bell, lossless claims and bell, latest claims and bell, word, n. Publishes all frames and
/// leaves when nobody holds one. The word says that the latest consumer is gone.
LATHAM_CHILD(killable_producer) {
  Producer producer{taken(args.at(0))};
  OwnBell bell{taken(args.at(1))};
  latham::test::die_at_store(std::stoull(args.at(7)));
  producer.attach(taken(args.at(2)), taken(args.at(3)), Policy::lossless);
  producer.attach(taken(args.at(4)), taken(args.at(5)), Policy::latest);
  const int word = std::stoi(args.at(6));
  const auto listen = [&] {
    if (Word::heard(word)) producer.detach(kLatestSeat);
  };
  while (producer.published() < kFrames) {
    listen();
    SlotUse use;
    if (producer.try_acquire(test::kFrameBytes, use) != Status::ok) {
      bell.wait([&] { return producer.free_slots() > 0; });
      continue;
    }
    test::stamp(use.pixels(), test::kFrameBytes, producer.published() + 1);
    // Slowly, so that who only looks sees more than the last one.
    bell.wait([] { return false; }, std::chrono::milliseconds(1));
    while (producer.publish(use, test::layout_in(producer.pool(), use.slot()), {}, 0, {}) ==
           Status::full)
      bell.wait([&] { return producer.reclaim() == 0; });
  }
  producer.end_of_stream();
  // The newest stays readable; it is owed to nobody.
  while (producer.reclaim() > 0 || producer.free_slots() + 1 < test::kSmall.slots) {
    listen();
    bell.wait([] { return false; }, std::chrono::milliseconds(2));
  }
  return latham::test::kSawTheEnd;
}

/// args: pool, claims, producer's bell, own bell, log, word, n, budget. Keeps two frames at a time and lets the
/// later one go first. The word says that the producer is gone.
LATHAM_CHILD(killable_reader) {
  const auto budget = static_cast<std::uint32_t>(std::stoul(args.at(7)));
  LosslessConsumer consumer{taken(args.at(0)), taken(args.at(1)), taken(args.at(2)), budget};
  OwnBell bell{taken(args.at(3))};
  const int log = std::stoi(args.at(4));
  const int word = std::stoi(args.at(5));
  latham::test::die_at_store(std::stoull(args.at(6)));
  HeldFrame older;
  for (bool alone = false;;) {
    alone = alone || Word::heard(word);
    HeldFrame frame;
    const Status status = consumer.next(frame);
    if (status == Status::end)
      return budget > 1 || consumer.evicted() > 0 ? latham::test::kSawTheEnd
                                                  : latham::test::kNeverMoved;
    if (status == Status::corrupt) return latham::test::kCorrupt;
    if (status != Status::ok) {
      if (alone) return latham::test::kNeighbourDied;
      older = HeldFrame();
      bell.wait([&] { return consumer.ready(); });
      continue;
    }
    if (!test::is_stamped(frame)) return latham::test::kWrongBytes;
    if (older.number != 0 && !test::is_stamped(older)) return latham::test::kWrongBytes;
    Log::note(log, frame.number);
    if (older.number == 0) {
      older = std::move(frame);
    } else {
      frame = HeldFrame();
      older = HeldFrame();
    }
  }
}

/// args: pool, claims, own bell, word, n. The word says that the producer is gone.
LATHAM_CHILD(killable_looker) {
  latham::test::die_at_store(std::stoull(args.at(4)));
  LatestConsumer consumer{taken(args.at(0)), taken(args.at(1))};
  OwnBell bell{taken(args.at(2))};
  const int word = std::stoi(args.at(3));
  HeldFrame held;
  for (;;) {
    if (Word::heard(word)) return latham::test::kNeighbourDied;
    HeldFrame frame;
    const Status status = consumer.newest(frame);
    if (held.number != 0 && !test::is_stamped(held)) return latham::test::kWrongBytes;
    if (status == Status::end) return latham::test::kSawTheEnd;
    if (status == Status::corrupt) return latham::test::kCorrupt;
    if (status == Status::ok) {
      if (!test::is_stamped(frame)) return latham::test::kWrongBytes;
      held = std::move(frame);
      continue;
    }
    bell.wait([&] { return consumer.ready(); });
  }
}

/// An edge with its three roles, each a process.
class Cast {
 public:
  Child start_producer(std::uint64_t n) {
    return spawn_child("killable_producer", keep_open(pool_.get()), keep_open(bell_.get()),
                       keep_open(lossless_ro_.get()), keep_open(lossless_.bell.get()),
                       keep_open(latest_ro_.get()), keep_open(latest_.bell.get()),
                       keep_open(looker_gone.fd()), n);
  }
  Child start_reader(std::uint64_t n, std::uint32_t budget = test::kNoBudget) {
    return spawn_child("killable_reader", keep_open(pool_ro_.get()),
                       keep_open(lossless_.claims.get()), keep_open(bell_.get()),
                       keep_open(lossless_.bell.get()), keep_open(log.fd()),
                       keep_open(producer_gone_reader.fd()), n, budget);
  }
  Child start_looker(std::uint64_t n) {
    return spawn_child("killable_looker", keep_open(pool_ro_.get()),
                       keep_open(latest_.claims.get()), keep_open(latest_.bell.get()),
                       keep_open(producer_gone_looker.fd()), n);
  }
  /// As the supervisor does after each death.
  void ring_everybody() {
    for (const int fd : {bell_.get(), lossless_.bell.get(), latest_.bell.get()})
      BellRinger(copy_of(fd)).ring_always();
  }
  [[nodiscard]] std::uint64_t published() {
    const PoolMapping pool(copy_of(pool_ro_.get()), Access::read);
    return words::load_head(pool.front().producer);
  }

  Log log;
  Word looker_gone;
  Word producer_gone_reader;
  Word producer_gone_looker;

 private:
  UniqueFd pool_ = create_pool(test::kIdentity, test::kSmall);
  UniqueFd pool_ro_ = reopen_read_only(pool_.get());
  UniqueFd bell_ = create_bell();
  Seat lossless_ = test::make_seat(kLosslessSeat);
  Seat latest_ = test::make_seat(kLatestSeat);
  UniqueFd lossless_ro_ = reopen_read_only(lossless_.claims.get());
  UniqueFd latest_ro_ = reopen_read_only(latest_.claims.get());
};

/// How many frames a reader may hold: two, or one, so that the second moves the first to private memory.
class FrameKillOfReader : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FrameKillOfReader, AtEachStoreIsSucceededByOneThatSeesTheRest) {
  for_each_store(2 * kFrames, [](std::uint64_t n) {
    Cast cast;
    Child producer = cast.start_producer(0);
    Child looker = cast.start_looker(0);
    Child reader = cast.start_reader(n, GetParam());
    const auto end = reader.wait();
    std::vector<std::uint64_t> seen = cast.log.take();
    if (!end.exited) {
      Child next = cast.start_reader(0);
      EXPECT_EQ(next.wait().code, latham::test::kSawTheEnd);
      const std::vector<std::uint64_t> rest = cast.log.take();
      // What the first had not finished comes again; it kept two at most.
      EXPECT_LE(seen.size() + rest.size(), kFrames + 2);
      EXPECT_TRUE(std::is_sorted(rest.begin(), rest.end()));
      seen.insert(seen.end(), rest.begin(), rest.end());
      std::sort(seen.begin(), seen.end());
      seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    }
    latham::test::expect_all_until(seen, kFrames);
    EXPECT_EQ(producer.wait().code, latham::test::kSawTheEnd);
    EXPECT_EQ(looker.wait().code, latham::test::kSawTheEnd);
    return end;
  });
}

INSTANTIATE_TEST_SUITE_P(WithBudget, FrameKillOfReader, testing::Values(test::kNoBudget, 1U));

TEST(FrameKill, LookerAtEachStoreHoldsNobodyUp) {
  for_each_store(1, [](std::uint64_t n) {
    Cast cast;
    Child looker = cast.start_looker(n);
    Child producer = cast.start_producer(0);
    Child reader = cast.start_reader(0);
    // Not told of the death yet: the producer must not wait for a latest consumer, dead or alive.
    EXPECT_EQ(reader.wait().code, latham::test::kSawTheEnd);
    latham::test::expect_all_until(cast.log.take(), kFrames);
    const auto end = looker.wait();
    cast.looker_gone.say();
    cast.ring_everybody();
    EXPECT_EQ(producer.wait().code, latham::test::kSawTheEnd);
    return end;
  });
}

/// Whether it detaches its latest consumer, which is dead, at the beginning.
class FrameKillOfProducer : public testing::TestWithParam<bool> {};

TEST_P(FrameKillOfProducer, AtEachStoreLeavesWhatItPublishedWhole) {
  for_each_store(12 * kFrames, [](std::uint64_t n) {
    Cast cast;
    std::optional<Child> looker;
    if (GetParam()) {
      cast.looker_gone.say();
    } else {
      looker.emplace(cast.start_looker(0));
    }
    Child reader = cast.start_reader(0);
    Child producer = cast.start_producer(n);
    const auto end = producer.wait();
    if (!end.exited) {
      cast.producer_gone_reader.say();
      cast.producer_gone_looker.say();
      cast.ring_everybody();
    }
    // Closed without an end, unless the end was the last thing that it said.
    const int code = reader.wait().code;
    EXPECT_TRUE(code == latham::test::kNeighbourDied || code == latham::test::kSawTheEnd) << code;
    EXPECT_TRUE(code == latham::test::kNeighbourDied || cast.published() == kFrames);
    latham::test::expect_all_until(cast.log.take(), cast.published());
    if (!looker) return end;
    const int seen = looker->wait().code;
    EXPECT_TRUE(seen == latham::test::kNeighbourDied || seen == latham::test::kSawTheEnd) << seen;
    return end;
  });
}

INSTANTIATE_TEST_SUITE_P(DetachesTheLooker, FrameKillOfProducer, testing::Bool());

/// args: page, n. Writes position 2 over position 1.
LATHAM_CHILD(killable_position_writer) {
  InputPositionWriter writer{taken(args.at(0))};
  writer.store({1, 1, 0, 1, 1, 1});
  latham::test::die_at_store(std::stoull(args.at(1)));
  writer.store({2, 2, 0, 2, 2, 2});
  return latham::test::kSawTheEnd;
}

TEST(FrameKill, OfADecoderAtEachStoreOfItsPlaceLeavesAPlaceThatItWasAt) {
  for_each_store(6, [](std::uint64_t n) {
    const UniqueFd page = create_input_position();
    Child writer = spawn_child("killable_position_writer", keep_open(page.get()), n);
    const auto end = writer.wait();
    const InputPosition left = last_input_position(copy_of(page.get()));
    const std::int64_t at = end.exited ? 2 : 1;
    EXPECT_EQ(left.packet, static_cast<std::uint64_t>(at));
    EXPECT_EQ(left.stream, at);
    EXPECT_EQ(left.time_us, at);
    EXPECT_EQ(left.byte, at);
    EXPECT_EQ(left.bytes, at);
    return end;
  });
}

}  // namespace
}  // namespace latham::ringbuf
