// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "ringbuf/memory.h"
#include "ringbuf/spin.h"

namespace latham::ringbuf {

/// The longest that anybody sleeps before it looks again. Wakes are hints; this bounds the harm of a
/// hostile neighbour that eats them.
inline constexpr std::chrono::milliseconds kSleepBound{100};

/// Rings another process's bell after something was published, released or detached. A full fence
/// and one load; a system call only when the owner sleeps. A killed owner costs nothing.
/// Thread-safety: any thread.
class BellRinger {
 public:
  BellRinger() noexcept = default;
  explicit BellRinger(UniqueFd bell_fd);
  void ring() noexcept;
  /// As ring(), but posts even where nobody seems to sleep: for the supervisor after a death, since a
  /// waker that was killed between clearing the flag and posting leaves a sleeper whom nobody sees.
  void ring_always() noexcept;

 private:
  Mapping mapping_;
};

/// A process's own bell: the one place where it sleeps.
/// Thread-safety: wait() by one thread; poke() by any.
class OwnBell {
 public:
  explicit OwnBell(UniqueFd bell_fd);

  /// Returns once look() said true, a ring came, or `bound` passed. look() must look at everything
  /// that the caller waits for, since a ring does not say what it was for.
  template <class Look>
  void wait(Look&& look, std::chrono::milliseconds bound = kSleepBound) {
    const auto began = Clock::now();
    if (!spin(look, began)) {
      announce_sleep();
      if (!look()) sleep(bound);
      end_sleep();
    }
    spin_.learn(Clock::now() - began);
  }

  /// Wakes the sleeper from another thread of the same process.
  void poke() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  /// True once look() said so.
  template <class Look>
  bool spin(Look& look, Clock::time_point began) {
    if (!spin_.is_worth_it()) return false;
    for (auto now = began; now - began < Spin::kWorth;) {
      if (look()) return true;
      // Looks cost the other side its cache lines: a rest between two.
      for (const auto next = now + kRest; now < next; now = Clock::now()) {
      }
    }
    return false;
  }
  static constexpr std::chrono::nanoseconds kRest{500};

  void announce_sleep() noexcept;
  void sleep(std::chrono::milliseconds bound) noexcept;
  void end_sleep() noexcept;

  Mapping mapping_;
  Spin spin_;
};

}  // namespace latham::ringbuf
