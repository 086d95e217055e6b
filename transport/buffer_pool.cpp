// SPDX-License-Identifier: MIT
#include "transport/buffer_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "system/error.h"

namespace latham::transport {

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
