// SPDX-License-Identifier: MIT
#pragma once

#include "system/unique_fd.h"

namespace latham::transport {

/// A thread's way to wait for a descriptor and for its own end at once. Any thread.
class StopEvent {
 public:
  StopEvent();
  void stop() noexcept;
  /// Sleeps until `fd` is ready for `events`; false once stop() was called.
  [[nodiscard]] bool wait(int fd, short events) const noexcept;

 private:
  UniqueFd event_;
};

}  // namespace latham::transport
