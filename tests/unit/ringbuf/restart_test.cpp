// SPDX-License-Identifier: MIT
// A lossless consumer is killed at each step; the next one goes on over the same claims page.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::ChildArgs;
using latham::test::keep_open;
using latham::test::spawn_child;
using test::copy_of;
using test::Edge;

/// Where the child kills itself, always at the entry that it was told.
enum class Step : int {
  before_take,     ///< Nothing of the entry was touched.
  after_take,      ///< `position` is stored, `done` is not.
  after_read,      ///< Pixels were read; no shared word differs from after_take.
  after_done,      ///< `done` is stored.
  later_one_done,  ///< The entry is held, the one after it was done.
  three_held,      ///< Three entries are held.
  never,
};

void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

class Reader {
 public:
  explicit Reader(const ChildArgs& args)
      : consumer_(copy_of(std::stoi(args.at(0))), copy_of(std::stoi(args.at(1))),
                  copy_of(std::stoi(args.at(2))), test::kNoBudget),
        bell_(copy_of(std::stoi(args.at(3)))),
        log_(std::stoi(args.at(4))) {}

  /// False at the end of the stream. Exit code 10: corrupt; 11: wrong pixels.
  bool take(HeldFrame& frame) {
    for (;;) {
      const Status status = consumer_.next(frame);
      if (status == Status::end) return false;
      if (status == Status::corrupt) ::_exit(10);
      if (status == Status::ok) break;
      bell_.wait([this] { return consumer_.ready(); });
    }
    if (!test::is_stamped(frame)) ::_exit(11);
    if (::write(log_, &frame.number, sizeof(frame.number)) != sizeof(frame.number)) ::_exit(12);
    return true;
  }

 private:
  LosslessConsumer consumer_;
  OwnBell bell_;
  int log_;
};

/// args: pool, claims, producer's bell, own bell, log, step, entry.
LATHAM_CHILD(ring_reader) {
  Reader reader(args);
  const auto step = static_cast<Step>(std::stoi(args.at(5)));
  const std::uint64_t at = std::stoull(args.at(6));
  HeldFrame frame;
  for (std::uint64_t q = 1;; q = frame.number + 1) {
    if (step == Step::before_take && q == at) die();
    if (!reader.take(frame)) return 0;
    if (frame.number == at && step != Step::never) break;
    frame.claim.reset();
  }
  HeldFrame second;
  HeldFrame third;
  if (step == Step::after_done) frame.claim.reset();
  if (step == Step::later_one_done || step == Step::three_held) reader.take(second);
  if (step == Step::later_one_done) second.claim.reset();
  if (step == Step::three_held) reader.take(third);
  die();
  return 0;
}

class RingKill : public testing::Test {
 protected:
  RingKill() : seat_(edge_.seat(Policy::lossless)), own_bell_(copy_of(edge_.bell.get())) {
    std::tie(log_reader_, log_writer_) = latham::test::make_pipe(O_NONBLOCK);
  }

  Child start(Step step, std::uint64_t at) {
    const UniqueFd pool = reopen_read_only(edge_.pool.get());
    return spawn_child("ring_reader", keep_open(pool.get()), keep_open(seat_.claims.get()),
                       keep_open(edge_.bell.get()), keep_open(seat_.bell.get()),
                       keep_open(log_writer_.get()), static_cast<int>(step), at);
  }
  void publish_until(std::uint64_t last) {
    while (edge_.producer.published() < last) {
      const Status status = edge_.publish();
      if (status == Status::ok) continue;
      ASSERT_EQ(status, Status::full);
      own_bell_.wait([this] { return edge_.producer.reclaim() < 4; });
    }
  }
  std::vector<std::uint64_t> seen() {
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    while (::read(log_reader_.get(), &number, sizeof(number)) == sizeof(number))
      numbers.push_back(number);
    return numbers;
  }

  Edge edge_;
  const test::Seat& seat_;
  OwnBell own_bell_;
  UniqueFd log_reader_;
  UniqueFd log_writer_;
};

class RingRestart : public RingKill, public testing::WithParamInterface<Step> {};

std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> numbers(last - first + 1);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

TEST_P(RingRestart, NextIncarnationIsGivenWhatWasNotDone) {
  constexpr std::uint64_t kAt = 6;
  constexpr std::uint64_t kLast = 20;
  const Step step = GetParam();
  const std::uint64_t taken = step == Step::before_take      ? kAt - 1
                              : step == Step::later_one_done ? kAt + 1
                              : step == Step::three_held     ? kAt + 2
                                                             : kAt;
  Child first = start(step, kAt);
  publish_until(kAt + 2);
  EXPECT_EQ(first.wait().signal, SIGKILL);
  EXPECT_EQ(seen(), from_to(1, taken));

  // A new bell for a new incarnation; what was owed is owed still.
  edge_.attach(seat_, Policy::lossless);
  Child second = start(Step::never, 0);
  publish_until(kLast);
  edge_.producer.end_of_stream();
  EXPECT_EQ(second.wait().code, 0);
  std::vector<std::uint64_t> expected = from_to(step == Step::after_done ? kAt + 1 : kAt, kLast);
  if (step == Step::later_one_done) std::erase(expected, kAt + 1);
  EXPECT_EQ(seen(), expected);
  EXPECT_EQ(edge_.producer.reclaim(), 0U);
}

INSTANTIATE_TEST_SUITE_P(KilledAt, RingRestart,
                         testing::Values(Step::before_take, Step::after_take, Step::after_read,
                                         Step::after_done, Step::later_one_done, Step::three_held),
                         [](const auto& test) -> std::string {
                           switch (test.param) {
                             case Step::before_take:
                               return "BeforeTake";
                             case Step::after_take:
                               return "AfterTake";
                             case Step::after_read:
                               return "AfterRead";
                             case Step::after_done:
                               return "AfterDone";
                             case Step::later_one_done:
                               return "LaterOneDone";
                             case Step::three_held:
                               return "ThreeHeld";
                             case Step::never:
                               break;
                           }
                           return "Never";
                         });

TEST_F(RingKill, KilledAtEveryEntryStillSeesEveryEntry) {
  constexpr std::uint64_t kLast = 24;
  for (std::uint64_t q = 1; q <= kLast; ++q) {
    Child child = start(q % 2 == 0 ? Step::after_take : Step::after_done, q);
    publish_until(q);
    EXPECT_EQ(child.wait().signal, SIGKILL);
  }
  edge_.producer.end_of_stream();
  EXPECT_EQ(start(Step::never, 0).wait().code, 0);
  std::vector<std::uint64_t> numbers = seen();
  // Even entries were taken and not done: given again, and in order each time.
  EXPECT_EQ(numbers.size(), kLast + kLast / 2);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers, from_to(1, kLast));
}

TEST_F(RingKill, KilledConsumerIsDetachedAndTheProducerGoesOn) {
  Child child = start(Step::three_held, 1);
  publish_until(3);
  EXPECT_EQ(child.wait().signal, SIGKILL);
  ASSERT_EQ(edge_.publish(), Status::ok);
  EXPECT_EQ(edge_.publish(), Status::full);
  edge_.producer.detach(seat_.index);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(edge_.publish(), Status::ok);
}

TEST(RingRestartInProcess, EveryPlaceUsedAgainIsToldApartFromDone) {
  // The page says `done` for entries of the lap before at the same places.
  Edge edge;
  const test::Seat& seat = edge.seat(Policy::lossless);
  HeldFrame frame;
  {
    LosslessConsumer first = edge.open_lossless(seat);
    for (int i = 0; i < 6; ++i) {
      ASSERT_EQ(edge.publish(), Status::ok);
      ASSERT_EQ(first.next(frame), Status::ok);
      frame.claim.reset();
    }
  }
  for (int i = 0; i < 4; ++i) ASSERT_EQ(edge.publish(), Status::ok);
  LosslessConsumer second = edge.open_lossless(seat);
  for (std::uint64_t q = 7; q <= 10; ++q) {
    ASSERT_EQ(second.next(frame), Status::ok);
    EXPECT_EQ(frame.number, q);
  }
  EXPECT_EQ(second.next(frame), Status::empty);
}

}  // namespace
}  // namespace latham::ringbuf
