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
#include "transport/pipe.h"

/// POSIX message queue, for measuring. A frame is one message with FrameHeader and metadata, then
/// its planes cut into messages of the size that the kernel allows (8 KiB unless the administrator
/// raised it), sent from and received into the frame's own memory. Threads and queues as in pipe.h.
///
/// A message queue has no end of file: a receiver does not learn here that its sender died.
namespace latham::transport {

struct MessageQueueEnds {
  UniqueFd send;
  UniqueFd receive;
};

/// An empty queue with the largest messages and the greatest depth that the kernel allows
/// everybody; its name is gone by the time this returns. Throws std::system_error.
[[nodiscard]] MessageQueueEnds make_message_queue();

class MessageQueueSender final : public FrameSender {
 public:
  /// `bell` is poked whenever ready() or drained() may have become true; it must outlive this.
  MessageQueueSender(UniqueFd queue, ringbuf::OwnBell& bell);
  ~MessageQueueSender() override;
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
  bool send_item(const Item& item, std::uint64_t number) noexcept;
  bool send_run(const std::byte* data, std::uint64_t bytes) noexcept;
  bool send_message(const std::byte* data, std::uint64_t bytes) noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  std::uint64_t message_bytes_;
  std::vector<std::byte> first_message_;
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

class MessageQueueReceiver final : public FrameReceiver {
 public:
  MessageQueueReceiver(UniqueFd queue, ringbuf::OwnBell& bell);
  ~MessageQueueReceiver() override;
  Status receive(IncomingFrame& frame) override;
  [[nodiscard]] bool ready() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override { return {}; }
  [[nodiscard]] std::uint32_t held() const noexcept override;

 private:
  void run() noexcept;
  Status read_frame(IncomingFrame& frame);
  /// Bytes of the next message, received to where at least message_bytes_ fit; -1 for none.
  std::int64_t read_message(std::byte* to) noexcept;
  bool read_run(std::byte* to, std::uint64_t bytes) noexcept;

  UniqueFd fd_;
  ringbuf::OwnBell& bell_;
  std::uint64_t message_bytes_;
  std::vector<std::byte> first_message_;
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

}  // namespace latham::transport
