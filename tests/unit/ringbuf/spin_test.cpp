// SPDX-License-Identifier: MIT
#include "ringbuf/spin.h"

#include <gtest/gtest.h>

#include "ringbuf/doorbell.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kEnough = 100;  ///< More waits than it takes to learn anything.

void learn(Spin& spin, std::chrono::nanoseconds wait, int times = kEnough) {
  for (int i = 0; i < times; ++i) spin.learn(wait);
}

TEST(Spin, NothingIsWorthItBeforeAnyWait) {
  EXPECT_FALSE(Spin(2).is_worth_it());
}

TEST(Spin, ShortWaitsInARowMakeItWorthIt) {
  Spin spin(2);
  learn(spin, microseconds(5), 2);
  EXPECT_FALSE(spin.is_worth_it());
  learn(spin, microseconds(5));
  EXPECT_TRUE(spin.is_worth_it());
}

TEST(Spin, OneLongWaitEndsIt) {
  Spin spin(2);
  learn(spin, microseconds(5));
  spin.learn(milliseconds(5));
  EXPECT_FALSE(spin.is_worth_it());
}

TEST(Spin, LongWaitsNowAndThenKeepItAway) {
  Spin spin(2);
  for (int i = 0; i < kEnough; ++i) {
    learn(spin, microseconds(5), 8);
    spin.learn(milliseconds(2));
    EXPECT_FALSE(spin.is_worth_it());
  }
}

TEST(Spin, OneProcessorNeverSpins) {
  Spin spin(1);
  learn(spin, microseconds(1));
  EXPECT_FALSE(spin.is_worth_it());
}

TEST(Spin, OwnerOfABellLooksAgainAfterShortWaitsBeforeItSaysThatItSleeps) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "one processor";
  const UniqueFd fd = create_bell();
  OwnBell bell(test::copy_of(fd.get()));
  const Mapping view(test::copy_of(fd.get()), Access::read, sizeof(Bell), "bell");
  const Word32& sleeping = reinterpret_cast<const Bell*>(view.data())->sleeping;
  // Again where others keep the processor from us for longer than a spin takes.
  bool spun = false;
  for (int attempt = 0; attempt < 1000 && !spun; ++attempt) {
    for (int i = 0; i < kEnough; ++i) bell.wait([] { return true; });
    int looks = 0;
    bell.wait([&] { return sleeping != 0 || ++looks == 3; }, milliseconds(1));
    spun = looks == 3;
  }
  EXPECT_TRUE(spun);
}

}  // namespace
}  // namespace latham::ringbuf
