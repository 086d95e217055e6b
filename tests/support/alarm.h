// SPDX-License-Identifier: MIT
#pragma once

#include <sys/time.h>

#include <csignal>

namespace latham::test {

/// Interrupts the process's system calls every millisecond for a scope: SIGALRM without SA_RESTART.
/// Timers are not inherited, so children are left in peace.
class AlarmStorm {
 public:
  AlarmStorm() {
    count_ = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { count_ = count_ + 1; };
    sigaction(SIGALRM, &action, &before_);
    const itimerval often{.it_interval = {0, 1000}, .it_value = {0, 1000}};
    setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~AlarmStorm() {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }
  AlarmStorm(const AlarmStorm&) = delete;
  AlarmStorm& operator=(const AlarmStorm&) = delete;

  [[nodiscard]] int count() const noexcept { return count_; }

 private:
  static inline volatile std::sig_atomic_t count_ = 0;
  struct sigaction before_ {};
};

}  // namespace latham::test
