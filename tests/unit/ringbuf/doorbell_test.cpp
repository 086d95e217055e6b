// SPDX-License-Identifier: MIT
// Sleeping and waking. A test that loses a wake sleeps until the watchdog comes: the bounds here
// are longer than any test may run.
#include "ringbuf/doorbell.h"

#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <string>
#include <thread>

#include "tests/support/alarm.h"
#include "tests/support/child.h"
#include "tests/unit/ringbuf/edge.h"
#include "tests/unit/ringbuf/scribbler.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::keep_open;
using latham::test::spawn_child;
using test::copy_of;

constexpr std::chrono::hours kForEver{1};
constexpr std::uint64_t kStop = ~std::uint64_t{0};

/// A page of words that two processes share.
struct Words {
  std::atomic<std::uint64_t> there;
  std::atomic<std::uint64_t> back;
};

class SharedWords {
 public:
  explicit SharedWords(UniqueFd fd) : map_(std::move(fd), Access::write, sizeof(Words), "words") {}
  Words& operator*() const { return *reinterpret_cast<Words*>(map_.data()); }
  Words* operator->() const { return &**this; }

 private:
  Mapping map_;
};

Bell& bell_in(const Mapping& map) {
  return *reinterpret_cast<Bell*>(map.data());
}

/// Sleeps until `word` is `value`, on nothing but rings.
void await(OwnBell& bell, const std::atomic<std::uint64_t>& word, std::uint64_t value) {
  while (word != value) bell.wait([&] { return word == value; }, kForEver);
}

/// Returns once the bell's owner has said that it sleeps. (It may be on its way yet: a ring
/// counts.)
void until_asleep(const Mapping& bell) {
  while (bell_in(bell).sleeping == 0) std::this_thread::yield();
}

/// args: words, own bell, other's bell, rounds.
LATHAM_CHILD(bell_echo) {
  const SharedWords words(copy_of(std::stoi(args.at(0))));
  OwnBell own(copy_of(std::stoi(args.at(1))));
  BellRinger other(copy_of(std::stoi(args.at(2))));
  const std::uint64_t rounds = std::stoull(args.at(3));
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    await(own, words->there, i);
    words->back = i;
    other.ring();
  }
  return 0;
}

/// args: words, own bell, other's bell. Answers until it is told to stop, on bells that lie.
LATHAM_CHILD(steadfast_echo) {
  const SharedWords words(copy_of(std::stoi(args.at(0))));
  OwnBell own(copy_of(std::stoi(args.at(1))));
  BellRinger other(copy_of(std::stoi(args.at(2))));
  for (std::uint64_t last = 0; last != kStop;) {
    while (words->there == last) own.wait([&] { return words->there != last; });
    last = words->there;
    words->back = last;
    other.ring();
  }
  return 0;
}

class Doorbell : public testing::Test {
 protected:
  UniqueFd page_ = create_region("words", 4096);
  UniqueFd bell_ = create_bell();
  UniqueFd childs_bell_ = create_bell();
  SharedWords words_{copy_of(page_.get())};
  OwnBell own_{copy_of(bell_.get())};
  BellRinger ringer_{copy_of(bell_.get())};
  Mapping view_{copy_of(bell_.get()), Access::read, sizeof(Bell), "bell"};
};

TEST_F(Doorbell, LookThatIsTrueDoesNotSleep) {
  int looks = 0;
  own_.wait([&] { return ++looks > 0; }, kForEver);
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(bell_in(view_).sleeping, 0U);
}

TEST_F(Doorbell, WaitReturnsAtItsBoundWithoutARing) {
  own_.wait([] { return false; }, std::chrono::milliseconds(1));
  own_.wait([] { return false; }, std::chrono::milliseconds(0));
  EXPECT_EQ(bell_in(view_).sleeping, 0U);
}

TEST_F(Doorbell, BoundOfMoreThanASecondIsCarriedOver) {
  std::thread waker([this] {
    until_asleep(view_);
    words_->there = 1;
    ringer_.ring();
  });
  own_.wait([this] { return words_->there == 1; }, std::chrono::milliseconds(3'599'999));
  waker.join();
  EXPECT_EQ(words_->there, 1U);
}

TEST_F(Doorbell, RingWakesASleeper) {
  for (std::uint64_t i = 1; i <= 100; ++i) {
    std::thread waker([this, i] {
      until_asleep(view_);
      words_->there = i;
      ringer_.ring();
    });
    await(own_, words_->there, i);
    waker.join();
  }
}

TEST_F(Doorbell, PokeFromAnotherThreadWakesTheSleeper) {
  for (std::uint64_t i = 1; i <= 100; ++i) {
    std::thread waker([this, i] {
      until_asleep(view_);
      words_->there = i;
      own_.poke();
    });
    await(own_, words_->there, i);
    waker.join();
  }
}

TEST_F(Doorbell, RingWhileNobodySleepsLeavesNothingBehind) {
  for (int i = 0; i < 1000; ++i) ringer_.ring();
  EXPECT_EQ(bell_in(view_).semaphore, 0U);
}

TEST_F(Doorbell, RingAlwaysWakesASleeperWhomNobodySeesSleeping) {
  // A waker was killed between clearing the flag and posting.
  Mapping writable(copy_of(bell_.get()), Access::write, sizeof(Bell), "bell");
  std::thread supervisor([&] {
    until_asleep(view_);
    bell_in(writable).sleeping = 0;
    words_->there = 1;
    ringer_.ring();  // sees nobody asleep
    ringer_.ring_always();
  });
  await(own_, words_->there, 1);
  supervisor.join();
}

TEST_F(Doorbell, RingsOfNobodyAreHarmless) {
  BellRinger none;
  none.ring();
  none.ring_always();
}

TEST_F(Doorbell, SignalsDoNotEndTheSleep) {
  const latham::test::AlarmStorm storm;
  std::thread waker([this, &storm] {
    until_asleep(view_);
    while (storm.count() < 20) std::this_thread::yield();
    words_->there = 1;
    ringer_.ring();
  });
  int looks = 0;
  own_.wait(
      [&] {
        ++looks;
        return words_->there == 1;
      },
      kForEver);
  waker.join();
  EXPECT_EQ(words_->there, 1U) << "the wait ended before the ring";
}

TEST_F(Doorbell, RingReachesAnotherProcess) {
  Child child = spawn_child("bell_echo", keep_open(page_.get()), keep_open(childs_bell_.get()),
                            keep_open(bell_.get()), 1);
  const Mapping childs(copy_of(childs_bell_.get()), Access::read, sizeof(Bell), "bell");
  BellRinger ringer(copy_of(childs_bell_.get()));
  until_asleep(childs);
  words_->there = 1;
  ringer.ring();
  await(own_, words_->back, 1);
  EXPECT_EQ(child.wait().code, 0);
}

TEST_F(Doorbell, NoWakeIsLostInAHundredThousandRoundsBetweenTwoProcesses) {
  constexpr std::uint64_t kRounds = 100'000;
  Child child = spawn_child("bell_echo", keep_open(page_.get()), keep_open(childs_bell_.get()),
                            keep_open(bell_.get()), kRounds);
  BellRinger ringer(copy_of(childs_bell_.get()));
  for (std::uint64_t i = 1; i <= kRounds; ++i) {
    words_->there = i;
    ringer.ring();
    await(own_, words_->back, i);
  }
  EXPECT_EQ(child.wait().code, 0);
}

TEST_F(Doorbell, KilledSleeperCostsTheWakerNothing) {
  for (int i = 0; i < 3; ++i) {
    Child child = spawn_child("bell_echo", keep_open(page_.get()), keep_open(childs_bell_.get()),
                              keep_open(bell_.get()), 1);
    const Mapping childs(copy_of(childs_bell_.get()), Access::read, sizeof(Bell), "bell");
    until_asleep(childs);
    child.kill();
    EXPECT_EQ(child.wait().signal, SIGKILL);
    BellRinger ringer(copy_of(childs_bell_.get()));
    for (int k = 0; k < 1000; ++k) ringer.ring();
    EXPECT_EQ(bell_in(childs).sleeping, 0U) << "one post, then nobody is seen sleeping";
  }
  // Its successor on the same bell finds one stale post, looks once too often, and sleeps on.
  Child child = spawn_child("bell_echo", keep_open(page_.get()), keep_open(childs_bell_.get()),
                            keep_open(bell_.get()), 1);
  BellRinger ringer(copy_of(childs_bell_.get()));
  words_->there = 1;
  ringer.ring();
  await(own_, words_->back, 1);
  EXPECT_EQ(child.wait().code, 0);
}

TEST_F(Doorbell, ScribbledAllOverItCostsItsOwnersNoMoreThanTheBound) {
  Child child = spawn_child("steadfast_echo", keep_open(page_.get()), keep_open(childs_bell_.get()),
                            keep_open(bell_.get()));
  BellRinger ringer(copy_of(childs_bell_.get()));
  const auto until_answered = [&](std::uint64_t i) {
    words_->there = i;
    ringer.ring();
    while (words_->back != i) own_.wait([&] { return words_->back == i; });
  };
  until_answered(1);  // the child has looked at its bell's header
  const Mapping one(copy_of(bell_.get()), Access::write, sizeof(Bell), "bell");
  const Mapping other(copy_of(childs_bell_.get()), Access::write, sizeof(Bell), "bell");
  const test::Scribbler scribbler(one.data(), sizeof(Bell));
  const test::Scribbler second(other.data(), sizeof(Bell));
  const auto until = std::chrono::steady_clock::now() + test::kStorm;
  std::uint64_t i = 1;
  while (std::chrono::steady_clock::now() < until) until_answered(++i);
  until_answered(kStop);
  EXPECT_EQ(child.wait().code, 0);
  EXPECT_GT(scribbler.writes() + second.writes(), 100U);
}

TEST_F(Doorbell, PostsThatNobodyTookAreOneLook) {
  for (int i = 0; i < 10; ++i) ringer_.ring_always();
  own_.wait([] { return false; }, kForEver);
  EXPECT_EQ(bell_in(view_).semaphore, 0U);
}

// The kernel refuses to wake a word on which somebody waits as on a mutex with priority inheritance.
TEST_F(Doorbell, NeighbourThatUsesTheWordAsAMutexCostsNoMoreThanTheBound) {
  const Mapping writable(copy_of(bell_.get()), Access::write, sizeof(Bell), "bell");
  std::atomic<std::uint32_t>& word = bell_in(writable).semaphore;
  const auto owner = static_cast<std::uint32_t>(::gettid());
  std::thread hostile([&] {
    for (int i = 0; i < 20; ++i) {
      timespec until{};
      ::clock_gettime(CLOCK_REALTIME, &until);
      until.tv_nsec = (until.tv_nsec + 5'000'000) % 1'000'000'000;
      word = owner;
      ::syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, &until, nullptr, 0);
    }
    words_->there = kStop;
  });
  while (words_->there != kStop) {
    ringer_.ring_always();
    own_.wait([this] { return words_->there == kStop; }, std::chrono::milliseconds(1));
  }
  hostile.join();
}

TEST(DoorbellPage, WrongPageIsRefused) {
  EXPECT_THROW(BellRinger(create_region("no bell", 4096)), std::runtime_error);
  EXPECT_THROW(OwnBell(create_region("short", 64)), std::runtime_error);
}

}  // namespace
}  // namespace latham::ringbuf
