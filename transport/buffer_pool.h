// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "transport/channel.h"

namespace latham::transport {

/// Private buffers of the size of a frame, reused: a fresh one costs a page fault for each 4 KiB.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  BufferPool() { idle_.reserve(kMaxIdle); }
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();
  /// Memory for `bytes`, page-aligned. Any thread. Throws std::system_error when there is none.
  [[nodiscard]] std::shared_ptr<Room> take(std::uint64_t bytes);

 private:
  struct Buffer {
    std::byte* data;
    std::uint64_t bytes;
  };
  struct Loan;
  void give_back(Buffer buffer) noexcept;
  static void destroy(Buffer buffer) noexcept;

  static constexpr std::size_t kMaxIdle = 32;

  std::mutex mutex_;
  std::vector<Buffer> idle_;
};

}  // namespace latham::transport
