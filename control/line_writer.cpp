// SPDX-License-Identifier: MIT
#include "control/line_writer.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <stdexcept>

#include "system/uninterrupted.h"

namespace latham::control {
namespace {

/// Keeps SIGPIPE from this thread for a scope. A write raises it for the writing thread only, so
/// one that was not pending before is ours to take back.
class NoSigpipe {
 public:
  NoSigpipe() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    if (!was_pending_) pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    if (was_pending_) return;
    const int error = errno;
    const timespec at_once{};
    (void)uninterrupted([&] { return sigtimedwait(&sigpipe_, nullptr, &at_once); });
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

bool fail(int error) noexcept {
  errno = error;
  return false;
}

}  // namespace

bool write_line(int fd, const Message& message) noexcept try {
  const std::string line = format(message);
  const NoSigpipe guard;
  const ssize_t written = uninterrupted([&] { return ::write(fd, line.data(), line.size()); });
  if (written < 0) return false;
  // A pipe takes a line whole or not at all; anything else is no pipe.
  return written == static_cast<ssize_t>(line.size()) || fail(EIO);
} catch (const std::length_error&) {
  return fail(EMSGSIZE);
} catch (const std::invalid_argument&) {
  return fail(EINVAL);
} catch (...) {
  return fail(ENOMEM);
}

}  // namespace latham::control
