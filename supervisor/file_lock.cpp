// SPDX-License-Identifier: MIT
#include "supervisor/file_lock.h"

#include <poll.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>

namespace latham::supervisor {
namespace {

using Clock = std::chrono::steady_clock;

/// Long enough to die in, on a busy machine, too.
constexpr std::chrono::seconds kDying{3};
constexpr int kLookAgainMs = 20;

}  // namespace

bool lock_file(int fd) noexcept {
  const auto give_up = Clock::now() + kDying;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return true;
    if (Clock::now() > give_up) return false;
    ::poll(nullptr, 0, kLookAgainMs);
  }
  return true;
}

}  // namespace latham::supervisor
