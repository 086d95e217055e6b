// SPDX-License-Identifier: MIT
#include "bench/channel.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "system/error.h"
#include "transport/byte_streams.h"
#include "transport/message_queue.h"
#include "transport/pipe.h"
#include "transport/shared_memory.h"

namespace latham::bench {
namespace {

UniqueFd duplicate(const UniqueFd& fd) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("duplicate a descriptor");
  return copy;
}

/// producer: pool, then claims (read-only) and bell of each consumer, own bell.
/// consumer: pool (read-only), claims, producer's bell, own bell.
Channel make_shared_memory(std::uint32_t consumers) {
  std::random_device random;
  const ringbuf::Identity identity{random(), 1, 1};
  Channel channel;
  channel.pool = ringbuf::create_pool(identity, {});
  const UniqueFd producer_bell = ringbuf::create_bell();
  channel.producer.push_back(duplicate(channel.pool));
  for (std::uint32_t i = 0; i < consumers; ++i) {
    const UniqueFd claims = ringbuf::create_claims({identity.session, 1, 0}, i);
    const UniqueFd bell = ringbuf::create_bell();
    channel.producer.push_back(ringbuf::reopen_read_only(claims.get()));
    channel.producer.push_back(duplicate(bell));
    std::vector<UniqueFd>& fds = channel.consumers.emplace_back();
    fds.push_back(ringbuf::reopen_read_only(channel.pool.get()));
    fds.push_back(duplicate(claims));
    fds.push_back(duplicate(producer_bell));
    fds.push_back(duplicate(bell));
  }
  channel.producer.push_back(duplicate(producer_bell));
  return channel;
}

/// Each side: its end, its bell.
Channel make_stream(UniqueFd write, UniqueFd read) {
  Channel channel;
  channel.producer.push_back(std::move(write));
  channel.producer.push_back(ringbuf::create_bell());
  std::vector<UniqueFd>& consumer = channel.consumers.emplace_back();
  consumer.push_back(std::move(read));
  consumer.push_back(ringbuf::create_bell());
  return channel;
}

}  // namespace

std::string_view name_of(Transport transport) noexcept {
  switch (transport) {
    case Transport::shm:
      return "shm";
    case Transport::pipe:
      return "pipe";
    case Transport::fifo:
      return "fifo";
    case Transport::socket:
      return "socket";
    case Transport::mq:
      return "mq";
    case Transport::thread:
      break;
  }
  return "thread";
}

Transport parse_transport(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kTransports), std::end(kTransports),
                   [&](Transport transport) { return name_of(transport) == name; });
  if (found == std::end(kTransports))
    throw std::invalid_argument(fmt::format(
        "unknown transport '{}'; there are: shm, pipe, fifo, socket, mq, thread", name));
  return *found;
}

Channel make_channel(Transport transport, std::uint32_t consumers) {
  if (transport == Transport::shm) return make_shared_memory(consumers);
  if (consumers != 1)
    throw std::invalid_argument(
        fmt::format("{} has one consumer; only shm takes more", name_of(transport)));
  if (transport == Transport::mq) {
    transport::MessageQueueEnds ends = transport::make_message_queue();
    return make_stream(std::move(ends.send), std::move(ends.receive));
  }
  if (transport == Transport::thread)
    throw std::invalid_argument("two threads need no descriptors");
  Pipe ends = transport == Transport::pipe   ? make_pipe()
              : transport == Transport::fifo ? transport::make_fifo()
                                             : transport::make_socket();
  return make_stream(std::move(ends.write), std::move(ends.read));
}

SenderEnd open_sender(Transport transport, std::vector<UniqueFd> fds) {
  SenderEnd end{std::make_unique<ringbuf::OwnBell>(std::move(fds.back())), nullptr};
  if (transport == Transport::shm) {
    ringbuf::Producer producer(std::move(fds.at(0)));
    for (std::size_t i = 1; i + 2 < fds.size(); i += 2)
      producer.attach(std::move(fds[i]), std::move(fds[i + 1]), ringbuf::Policy::lossless);
    end.sender = std::make_unique<transport::SharedMemorySender>(std::move(producer), nullptr);
  } else if (transport == Transport::mq) {
    end.sender = std::make_unique<transport::MessageQueueSender>(std::move(fds.at(0)), *end.bell);
  } else {
    end.sender = std::make_unique<transport::PipeSender>(std::move(fds.at(0)), *end.bell);
  }
  return end;
}

ReceiverEnd open_receiver(Transport transport, std::vector<UniqueFd> fds) {
  ReceiverEnd end{std::make_unique<ringbuf::OwnBell>(std::move(fds.back())), nullptr};
  if (transport == Transport::shm) {
    end.receiver = std::make_unique<transport::SharedMemoryReceiver>(ringbuf::LosslessConsumer(
        std::move(fds.at(0)), std::move(fds.at(1)), std::move(fds.at(2)), transport::kHoldBudget));
  } else if (transport == Transport::mq) {
    end.receiver =
        std::make_unique<transport::MessageQueueReceiver>(std::move(fds.at(0)), *end.bell);
  } else {
    end.receiver = std::make_unique<transport::PipeReceiver>(std::move(fds.at(0)), *end.bell);
  }
  return end;
}

}  // namespace latham::bench
