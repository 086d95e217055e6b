// SPDX-License-Identifier: MIT
#include <deque>
#include <mutex>
#include <utility>

#include "bench/channel.h"
#include "transport/pipe.h"
#include "transport/shared_memory.h"

namespace latham::bench {
namespace {

using transport::Status;

/// What the two threads share.
struct PointerQueue {
  std::mutex mutex;
  std::deque<transport::IncomingFrame> frames;
  std::uint64_t sent = 0;
  bool ended = false;
  ringbuf::OwnBell* producer = nullptr;
  ringbuf::OwnBell* consumer = nullptr;
  // Most recent first, as the slots of a pool.
  std::shared_ptr<transport::BufferPool> buffers = std::make_shared<transport::BufferPool>();
};

class ThreadSender final : public transport::FrameSender {
 public:
  explicit ThreadSender(std::shared_ptr<PointerQueue> queue) : queue_(std::move(queue)) {}
  std::shared_ptr<transport::Room> try_room(std::uint64_t bytes) noexcept override {
    try {
      return queue_->buffers->take(bytes);
    } catch (const std::exception&) {
      return nullptr;
    }
  }
  bool ready() noexcept override {
    const std::lock_guard lock(queue_->mutex);
    return queue_->frames.size() < transport::kDepth;
  }
  Status send(const transport::OutgoingFrame& frame) noexcept override {
    transport::IncomingFrame passed;
    passed.plane_count = frame.plane_count;
    std::copy(std::begin(frame.plane), std::end(frame.plane), std::begin(passed.plane));
    passed.meta.assign(frame.meta.begin(), frame.meta.end());
    passed.hold = frame.keep;
    {
      const std::lock_guard lock(queue_->mutex);
      if (queue_->frames.size() >= transport::kDepth) return Status::again;
      passed.number = ++queue_->sent;
      queue_->frames.push_back(std::move(passed));
    }
    queue_->consumer->poke();
    return Status::ok;
  }
  void end() noexcept override {
    {
      const std::lock_guard lock(queue_->mutex);
      queue_->ended = true;
    }
    queue_->consumer->poke();
  }
  bool drained() noexcept override {
    const std::lock_guard lock(queue_->mutex);
    return queue_->frames.empty();
  }
  transport::CopyCount copied() const noexcept override { return {}; }
  std::uint64_t sent() const noexcept override {
    const std::lock_guard lock(queue_->mutex);
    return queue_->sent;
  }

 private:
  std::shared_ptr<PointerQueue> queue_;
};

class ThreadReceiver final : public transport::FrameReceiver {
 public:
  explicit ThreadReceiver(std::shared_ptr<PointerQueue> queue) : queue_(std::move(queue)) {}
  Status receive(transport::IncomingFrame& frame) override {
    {
      const std::lock_guard lock(queue_->mutex);
      if (queue_->frames.empty()) return queue_->ended ? Status::end : Status::again;
      frame = std::move(queue_->frames.front());
      queue_->frames.pop_front();
    }
    queue_->producer->poke();
    return Status::ok;
  }
  bool ready() noexcept override {
    const std::lock_guard lock(queue_->mutex);
    return queue_->ended || !queue_->frames.empty();
  }
  transport::CopyCount copied() const noexcept override { return {}; }
  std::uint32_t held() const noexcept override { return 0; }

 private:
  std::shared_ptr<PointerQueue> queue_;
};

}  // namespace

ThreadChannel make_thread_channel() {
  auto queue = std::make_shared<PointerQueue>();
  ThreadChannel channel;
  channel.producer.bell = std::make_unique<ringbuf::OwnBell>(ringbuf::create_bell());
  channel.consumer.bell = std::make_unique<ringbuf::OwnBell>(ringbuf::create_bell());
  queue->producer = channel.producer.bell.get();
  queue->consumer = channel.consumer.bell.get();
  channel.producer.sender = std::make_unique<ThreadSender>(queue);
  channel.consumer.receiver = std::make_unique<ThreadReceiver>(queue);
  return channel;
}

}  // namespace latham::bench
