// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "ringbuf/doorbell.h"
#include "transport/buffer_pool.h"
#include "transport/channel.h"
#include "transport/stop_event.h"

/// Frames over a channel of the kernel that carries bytes: each end has a thread that does the
/// blocking system calls, and the sender a queue as deep as the ring, so that all transports are
/// compared with the same slack. A frame travels as FrameHeader, its metadata and its planes with
/// their strides. The kernel copies every frame twice: counted once, at the sender.
namespace latham::transport {

/// The channel's writing end; used by the sender's thread only.
class ByteOutlet {
 public:
  virtual ~ByteOutlet() = default;
  /// Writes all of `parts`, which it may use up. False when the reader is gone or `stop` was called.
  [[nodiscard]] virtual bool write(std::span<iovec> parts, const StopEvent& stop) noexcept = 0;
};

/// The channel's reading end; used by the receiver's thread only.
class ByteInlet {
 public:
  virtual ~ByteInlet() = default;
  /// Reads exactly `bytes`. False at the end of the channel, on an error or once `stop` was called.
  [[nodiscard]] virtual bool read(std::byte* to, std::uint64_t bytes,
                                  const StopEvent& stop) noexcept = 0;
  /// Bytes behind [to, to + bytes) that read() may overwrite.
  [[nodiscard]] virtual std::uint64_t slack() const noexcept { return 0; }
};

class QueuedSender : public FrameSender {
 public:
  /// `bell` is poked whenever ready() or drained() may have become true; it must outlive this.
  QueuedSender(std::unique_ptr<ByteOutlet> outlet, ringbuf::OwnBell& bell);
  ~QueuedSender() override;
  [[nodiscard]] std::shared_ptr<Room> try_room(std::uint64_t bytes) noexcept override;
  [[nodiscard]] bool ready() noexcept override;
  Status send(const OutgoingFrame& frame) noexcept override;
  void end() noexcept override;
  [[nodiscard]] bool drained() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override;
  [[nodiscard]] std::uint64_t sent() const noexcept override;
  [[nodiscard]] Backlog backlog() const noexcept override;

 private:
  struct Item {
    OutgoingFrame frame;
    std::vector<std::byte> meta;
    bool end = false;
  };
  void run() noexcept;
  bool write_item(const Item& item, std::uint64_t number) noexcept;

  std::unique_ptr<ByteOutlet> outlet_;
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

class QueuedReceiver : public FrameReceiver {
 public:
  /// `bell` is poked whenever ready() may have become true; it must outlive this.
  QueuedReceiver(std::unique_ptr<ByteInlet> inlet, ringbuf::OwnBell& bell);
  ~QueuedReceiver() override;
  Status receive(IncomingFrame& frame) override;
  [[nodiscard]] bool ready() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override { return {}; }
  [[nodiscard]] std::uint32_t held() const noexcept override;

 private:
  void run() noexcept;
  Status read_frame(IncomingFrame& frame);

  std::unique_ptr<ByteInlet> inlet_;
  ringbuf::OwnBell& bell_;
  StopEvent stop_;
  std::shared_ptr<BufferPool> buffers_ = std::make_shared<BufferPool>();
  std::vector<std::byte> header_;  ///< Room for a FrameHeader and the inlet's slack.
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<IncomingFrame> queue_;
  Status last_ = Status::again;  ///< What the thread ended with, once the queue is empty.
  bool stopping_ = false;
  std::uint64_t expected_ = 1;
  std::thread thread_;
};

}  // namespace latham::transport
