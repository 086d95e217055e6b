// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "ringbuf/doorbell.h"
#include "system/unique_fd.h"
#include "transport/queued_frames.h"

/// The pipe-based fallback, for any byte stream between two processes: anonymous pipe, FIFO, socket.
/// Frames and packets are written by as few writev calls as the kernel takes.
namespace latham::transport {

class PipeSender final : public QueuedSender {
 public:
  PipeSender(UniqueFd fd, ringbuf::OwnBell& bell);
};

class PipeReceiver final : public QueuedReceiver {
 public:
  PipeReceiver(UniqueFd fd, ringbuf::OwnBell& bell);
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
