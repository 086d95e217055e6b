// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ringbuf/doorbell.h"
#include "system/unique_fd.h"
#include "transport/channel.h"

/// The pipe-based fallback, for any byte stream between two processes: anonymous pipe, FIFO, socket.
///
/// A frame travels as FrameHeader, its metadata and its planes with their strides, written by as few
/// writev calls as the kernel takes. Each end has a thread that does the blocking system calls and
/// a queue as deep as the ring, so that both transports are compared with the same slack.
/// Every frame is copied by the kernel twice: counted once, at the sender.
namespace latham::transport {

/// A thread's way to wait for a descriptor and for its own end at once.
class StopEvent {
 public:
  StopEvent();
  void stop() noexcept;
  /// Sleeps until `fd` is ready for `events`; false once stop() was called.
  [[nodiscard]] bool wait(int fd, short events) const noexcept;

 private:
  UniqueFd event_;
};

/// Buffers of the size of a frame, reused: a fresh one costs a page fault for each 4 KiB.
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

class PipeSender final : public FrameSender {
 public:
  /// `bell` is poked whenever ready() or drained() may have become true; it must outlive this.
  PipeSender(UniqueFd fd, ringbuf::OwnBell& bell);
  ~PipeSender() override;
  [[nodiscard]] std::shared_ptr<Room> try_room(std::uint64_t bytes) noexcept override;
  [[nodiscard]] bool ready() noexcept override;
  Status send(const OutgoingFrame& frame) noexcept override;
  void end() noexcept override;
  [[nodiscard]] bool drained() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override;
  [[nodiscard]] std::uint64_t sent() const noexcept override;

 private:
  struct Item {
    OutgoingFrame frame;
    std::vector<std::byte> meta;
    bool end = false;
  };
  void run() noexcept;
  bool write_item(const Item& item, std::uint64_t number) noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  StopEvent stop_;
  std::shared_ptr<BufferPool> buffers_ = std::make_shared<BufferPool>();
  mutable std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Item> queue_;
  bool writing_ = false;
  bool stopping_ = false;
  bool lost_ = false;
  std::uint64_t sent_ = 0;
  CopyCount copied_;
  std::thread thread_;
};

class PipeReceiver final : public FrameReceiver {
 public:
  PipeReceiver(UniqueFd fd, ringbuf::OwnBell& bell);
  ~PipeReceiver() override;
  Status receive(IncomingFrame& frame) override;
  [[nodiscard]] bool ready() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override { return {}; }
  [[nodiscard]] std::uint32_t held() const noexcept override;

 private:
  void run() noexcept;
  Status read_frame(IncomingFrame& frame);
  bool read_exactly(void* to, std::uint64_t bytes) noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  StopEvent stop_;
  std::shared_ptr<BufferPool> buffers_ = std::make_shared<BufferPool>();
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<IncomingFrame> queue_;
  Status last_ = Status::again;  ///< What the thread ended with, once the queue is empty.
  bool stopping_ = false;
  std::uint64_t expected_ = 1;
  std::thread thread_;
};

class PipePacketSender final : public PacketSender {
 public:
  PipePacketSender(UniqueFd fd, ringbuf::OwnBell& bell);
  ~PipePacketSender() override;
  Status send(std::span<const std::byte> message) noexcept override;
  [[nodiscard]] bool drained() noexcept override;

 private:
  void run() noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  StopEvent stop_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::vector<std::byte> buffer_;  ///< Records not yet written.
  bool writing_ = false;
  bool stopping_ = false;
  bool lost_ = false;
  std::thread thread_;
};

class PipePacketReceiver final : public PacketReceiver {
 public:
  PipePacketReceiver(UniqueFd fd, ringbuf::OwnBell& bell);
  ~PipePacketReceiver() override;
  Status receive(std::vector<std::byte>& message) override;
  [[nodiscard]] bool ready() noexcept override;

 private:
  void run() noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  StopEvent stop_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::vector<std::byte>> queue_;
  std::uint64_t queued_bytes_ = 0;
  Status last_ = Status::again;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace latham::transport
