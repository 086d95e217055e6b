// SPDX-License-Identifier: MIT
#include "transport/pipe_io.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "system/uninterrupted.h"

namespace latham::transport {

void prepare(int fd) noexcept {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  // Refused for sockets and beyond the user's limit; then the default stays.
  for (int bytes = 1 << 20; bytes > 1 << 16 && ::fcntl(fd, F_SETPIPE_SZ, bytes) < 0; bytes /= 2) {
  }
}

bool write_all(int fd, std::span<iovec> parts, const StopEvent& stop) noexcept {
  std::size_t at = 0;
  while (at < parts.size()) {
    const auto count = static_cast<int>(std::min<std::size_t>(parts.size() - at, IOV_MAX));
    const ssize_t n = uninterrupted([&] { return ::writev(fd, parts.data() + at, count); });
    if (n < 0) {
      if (errno != EAGAIN || !stop.wait(fd, POLLOUT)) return false;
      continue;
    }
    auto left = static_cast<std::size_t>(n);
    while (at < parts.size() && left >= parts[at].iov_len) left -= parts[at++].iov_len;
    if (at < parts.size()) {
      parts[at].iov_base = static_cast<std::byte*>(parts[at].iov_base) + left;
      parts[at].iov_len -= left;
    }
  }
  return true;
}

std::uint64_t read_all(int fd, void* to, std::uint64_t bytes, const StopEvent& stop) noexcept {
  std::uint64_t got = 0;
  while (got < bytes) {
    const ssize_t n =
        uninterrupted([&] { return ::read(fd, static_cast<std::byte*>(to) + got, bytes - got); });
    if (n > 0) {
      got += static_cast<std::uint64_t>(n);
    } else if (n == 0 || errno != EAGAIN || !stop.wait(fd, POLLIN)) {
      break;
    }
  }
  return got;
}

}  // namespace latham::transport
