// SPDX-License-Identifier: MIT
#include "transport/pipe_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "system/error.h"

namespace latham::transport {

StopEvent::StopEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw_errno("make an event descriptor");
}

void StopEvent::stop() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof(one));
}

bool StopEvent::wait(int fd, short events) const noexcept {
  pollfd fds[2] = {{fd, events, 0}, {event_.get(), POLLIN, 0}};
  while (::poll(fds, 2, -1) < 0 && errno == EINTR) {
  }
  return fds[1].revents == 0;
}

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
    const ssize_t n = ::writev(fd, parts.data() + at, count);
    if (n < 0) {
      if (errno == EINTR) continue;
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
    const ssize_t n = ::read(fd, static_cast<std::byte*>(to) + got, bytes - got);
    if (n > 0) {
      got += static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      break;
    } else if (errno == EAGAIN) {
      if (!stop.wait(fd, POLLIN)) break;
    } else if (errno != EINTR) {
      break;
    }
  }
  return got;
}

// ---- buffers -----------------------------------------------------------------------------------

struct BufferPool::Loan final : Room {
  Loan(std::shared_ptr<BufferPool> p, Buffer b)
      : Room(b.data, b.bytes), pool(std::move(p)), buffer(b) {}
  ~Loan() override { pool->give_back(buffer); }
  std::shared_ptr<BufferPool> pool;
  Buffer buffer;
};

std::shared_ptr<Room> BufferPool::take(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    const auto fits = std::find_if(idle_.rbegin(), idle_.rend(),
                                   [&](const Buffer& b) { return b.bytes >= bytes; });
    if (fits != idle_.rend()) {
      const Buffer buffer = *fits;
      idle_.erase(std::next(fits).base());
      return std::make_shared<Loan>(shared_from_this(), buffer);
    }
  }
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw_errno("take memory for a frame");
  return std::make_shared<Loan>(shared_from_this(), Buffer{static_cast<std::byte*>(data), bytes});
}

void BufferPool::give_back(Buffer buffer) noexcept {
  const std::lock_guard lock(mutex_);
  if (idle_.size() >= kMaxIdle) {
    destroy(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(buffer);
}

void BufferPool::destroy(Buffer buffer) noexcept {
  ::munmap(buffer.data, buffer.bytes);
}

BufferPool::~BufferPool() {
  for (const Buffer& buffer : idle_) destroy(buffer);
}

}  // namespace latham::transport
