// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace latham::ringbuf {

/// Decides whether a process that has to wait looks again for a while before it sleeps, from how long its last
/// waits took: two sides that are nearly as fast as each other wait for microseconds, and a sleep costs both of
/// them a system call. A side that waits for milliseconds, as the stages of a transcode do, never spins, nor
/// does anybody where there is one processor.
/// Thread-safety: one thread.
class Spin {
 public:
  /// What a wait may take to be worth spinning for, and how long a spin lasts at most.
  static constexpr std::chrono::microseconds kWorth{100};

  explicit Spin(unsigned processors = std::thread::hardware_concurrency()) noexcept
      : may_spin_(processors > 1) {}

  [[nodiscard]] bool is_worth_it() const noexcept { return short_waits_ >= kStreak; }

  /// How long a wait took, spinning or asleep.
  void learn(std::chrono::nanoseconds wait) noexcept {
    short_waits_ = may_spin_ && wait <= kWorth ? std::min(short_waits_ + 1, kStreak) : 0;
  }

 private:
  /// So many short ones in a row. A job whose waits are short now and then would spin for the long ones.
  static constexpr int kStreak = 16;

  bool may_spin_;
  int short_waits_ = 0;
};

}  // namespace latham::ringbuf
