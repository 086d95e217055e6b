// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ringbuf/doorbell.h"
#include "system/unique_fd.h"
#include "transport/channel.h"

/// One edge between two processes, over any transport.
namespace latham::bench {

enum class Transport { shm, pipe, fifo, socket, mq, thread };
inline constexpr Transport kTransports[] = {Transport::shm,    Transport::pipe, Transport::fifo,
                                            Transport::socket, Transport::mq,   Transport::thread};

[[nodiscard]] std::string_view name_of(Transport transport) noexcept;
/// Throws std::invalid_argument that names the transports there are.
[[nodiscard]] Transport parse_transport(std::string_view name);

/// Descriptors for each side, in the order that open_sender() and open_receiver() take them.
struct Channel {
  std::vector<UniqueFd> producer;
  std::vector<std::vector<UniqueFd>> consumers;
  UniqueFd pool;  ///< Shared memory only: to be sealed once the producer has mapped it.
};

/// Not for Transport::thread. Only shared memory takes more than one consumer, all of them lossless.
/// Throws std::system_error.
[[nodiscard]] Channel make_channel(Transport transport, std::uint32_t consumers);

struct SenderEnd {
  std::unique_ptr<ringbuf::OwnBell> bell;  ///< Outlives the sender.
  std::unique_ptr<transport::FrameSender> sender;
};
struct ReceiverEnd {
  std::unique_ptr<ringbuf::OwnBell> bell;
  std::unique_ptr<transport::FrameReceiver> receiver;
};

[[nodiscard]] SenderEnd open_sender(Transport transport, std::vector<UniqueFd> fds);
[[nodiscard]] ReceiverEnd open_receiver(Transport transport, std::vector<UniqueFd> fds);

/// The bound that no transport between processes can beat by much: two threads of one process that
/// pass a pointer through a queue as deep as the ring. Sleeping and waking are the same.
struct ThreadChannel {
  SenderEnd producer;
  ReceiverEnd consumer;
};
[[nodiscard]] ThreadChannel make_thread_channel();

}  // namespace latham::bench
