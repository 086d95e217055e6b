// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "control/link_socket.h"
#include "ringbuf/doorbell.h"
#include "transport/channel.h"
#include "transport/shared_memory.h"

namespace latham::stage {

/// What a stage is joined to: made from the supervisor's link messages, whichever transport they
/// name. Ends that the stage has not got are null.
class Wiring {
 public:
  /// Applies one message. Throws std::runtime_error for one that makes no sense.
  void apply(control::LinkMessage message);

  /// In the order in which they were handed over.
  [[nodiscard]] transport::FrameReceiver* in(std::size_t index = 0) const noexcept {
    return index < in_.size() ? in_[index].get() : nullptr;
  }
  [[nodiscard]] transport::FrameSender* out() const noexcept { return out_.get(); }
  [[nodiscard]] transport::PacketReceiver* packets_in() const noexcept { return packets_in_.get(); }
  [[nodiscard]] transport::PacketSender* packets_out() const noexcept { return packets_out_.get(); }
  [[nodiscard]] UniqueFd take_output() noexcept { return std::move(output_); }
  /// The stage's one place to sleep; handed over first.
  [[nodiscard]] ringbuf::OwnBell& bell();

 private:
  void produce(control::LinkMessage& message, bool shared);
  void consume(control::LinkMessage& message, bool shared);

  // Destroyed last: the ends poke it from their threads.
  std::unique_ptr<ringbuf::OwnBell> bell_;
  std::vector<std::unique_ptr<transport::FrameReceiver>> in_;
  std::unique_ptr<transport::FrameSender> out_;
  std::unique_ptr<transport::PacketReceiver> packets_in_;
  std::unique_ptr<transport::PacketSender> packets_out_;
  transport::SharedMemoryReceiver* shared_in_ =
      nullptr;  ///< The last of in_, where it is this kind.
  transport::SharedMemorySender* shared_out_ = nullptr;  ///< out_, where it is this kind.
  UniqueFd output_;
};

}  // namespace latham::stage
