// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include "system/unique_fd.h"

namespace latham::supervisor {

/// Turns INT, TERM and HUP into something that the poll loop reads, for as long as it lives. One at a time, in a
/// process of one thread.
class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next signal, or 0 if there is none. Does not block.
  [[nodiscard]] int take() noexcept;

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

}  // namespace latham::supervisor
