// SPDX-License-Identifier: MIT
#pragma once

#include "ringbuf/doorbell.h"
#include "system/unique_fd.h"
#include "transport/queued_frames.h"

/// POSIX message queue, for measuring. A frame is a message with FrameHeader, then its metadata and
/// its planes cut into messages of the size that the kernel allows (8 KiB unless the administrator
/// raised it), sent from and received into the frame's own memory.
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

class MessageQueueSender final : public QueuedSender {
 public:
  MessageQueueSender(UniqueFd queue, ringbuf::OwnBell& bell);
};

class MessageQueueReceiver final : public QueuedReceiver {
 public:
  MessageQueueReceiver(UniqueFd queue, ringbuf::OwnBell& bell);
};

}  // namespace latham::transport
