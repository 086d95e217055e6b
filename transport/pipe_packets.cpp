// SPDX-License-Identifier: MIT
#include <utility>

#include "transport/pipe.h"
#include "transport/pipe_io.h"

namespace latham::transport {
namespace {

/// What may wait for the reader: seconds of sound, or a few large attachments.
constexpr std::uint64_t kQueueBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxMessage = std::uint64_t{1} << 30;

}  // namespace

PipePacketSender::PipePacketSender(UniqueFd fd, ringbuf::OwnBell& bell)
    : fd_(std::move(fd)), bell_(bell) {
  prepare(fd_.get());
  thread_ = std::thread([this] { run(); });
}

PipePacketSender::~PipePacketSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  queued_.notify_one();
  thread_.join();
}

Status PipePacketSender::send(std::span<const std::byte> message) noexcept {
  const std::lock_guard lock(mutex_);
  if (lost_) return Status::lost;
  // One message always fits, however large.
  if (!buffer_.empty() && buffer_.size() + message.size() > kQueueBytes) return Status::again;
  const PacketHeader header{static_cast<std::uint32_t>(message.size()), kPacketMagic};
  const auto bytes = std::as_bytes(std::span(&header, 1));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  buffer_.insert(buffer_.end(), message.begin(), message.end());
  queued_.notify_one();
  return Status::ok;
}

bool PipePacketSender::drained() noexcept {
  const std::lock_guard lock(mutex_);
  return lost_ || (buffer_.empty() && !writing_);
}

void PipePacketSender::run() noexcept {
  std::vector<std::byte> batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      writing_ = false;
      bell_.poke();
      queued_.wait(lock, [this] { return stopping_ || !buffer_.empty(); });
      if (stopping_) return;
      batch.clear();
      std::swap(batch, buffer_);
      writing_ = true;
    }
    iovec part{batch.data(), batch.size()};
    if (write_all(fd_.get(), std::span(&part, 1), stop_)) continue;
    const std::lock_guard lock(mutex_);
    lost_ = true;
    writing_ = false;
    buffer_.clear();
    bell_.poke();
    return;
  }
}

PipePacketReceiver::PipePacketReceiver(UniqueFd fd, ringbuf::OwnBell& bell)
    : fd_(std::move(fd)), bell_(bell) {
  prepare(fd_.get());
  thread_ = std::thread([this] { run(); });
}

PipePacketReceiver::~PipePacketReceiver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  room_.notify_one();
  thread_.join();
}

Status PipePacketReceiver::receive(std::vector<std::byte>& message) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return last_;
  message = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= message.size();
  room_.notify_one();
  return Status::ok;
}

bool PipePacketReceiver::ready() noexcept {
  const std::lock_guard lock(mutex_);
  return !queue_.empty() || last_ != Status::again;
}

void PipePacketReceiver::run() noexcept {
  for (;;) {
    Status status = Status::lost;
    std::vector<std::byte> message;
    PacketHeader header{};
    if (read_all(fd_.get(), &header, sizeof(header), stop_) == sizeof(header)) {
      status = header.magic == kPacketMagic && header.bytes <= kMaxMessage ? Status::ok
                                                                           : Status::corrupt;
      try {
        if (status == Status::ok) message.resize(header.bytes);
      } catch (const std::exception&) {
        status = Status::no_memory;
      }
      if (status == Status::ok &&
          read_all(fd_.get(), message.data(), header.bytes, stop_) != header.bytes)
        status = Status::lost;
    }
    std::unique_lock lock(mutex_);
    if (status == Status::ok) {
      queued_bytes_ += message.size();
      queue_.push_back(std::move(message));
    } else {
      last_ = status;
    }
    bell_.poke();
    if (status != Status::ok) return;
    room_.wait(lock, [this] { return stopping_ || queued_bytes_ < kQueueBytes; });
    if (stopping_) return;
  }
}

}  // namespace latham::transport
