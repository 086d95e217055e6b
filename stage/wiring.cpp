// SPDX-License-Identifier: MIT
#include "stage/wiring.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "system/failure.h"
#include "system/number.h"
#include "transport/pipe.h"

namespace latham::stage {
namespace {

void expect_fds(const control::LinkMessage& message, std::size_t count) {
  if (message.fds.size() != count)
    throw std::runtime_error(fmt::format("link message '{}' brought {} descriptors instead of {}",
                                         message.message.word, message.fds.size(), count));
}

ringbuf::Policy policy_of(const control::Message& message) {
  return message.get("policy", "lossless") == "latest" ? ringbuf::Policy::latest
                                                       : ringbuf::Policy::lossless;
}

/// A number from 0; absent: 0.
std::int64_t number_of(const control::Message& message, const std::string& field) {
  const auto number = message.number(field);
  if (message.fields.count(field) != 0 && (!number || *number < 0))
    throw std::runtime_error(
        fmt::format("link message '{}': {} is not a number", message.word, field));
  return number.value_or(0);
}

/// Whether it hands over memory, the usual case, or the end of a pipe.
bool is_shared(const control::Message& message) {
  const std::string transport = message.get("transport", "shm");
  if (transport != "shm" && transport != "pipe")
    throw std::runtime_error(
        fmt::format("link message '{}': no transport is called '{}'", message.word, transport));
  return transport == "shm";
}

/// "1,2,5"; absent: none.
std::set<int> numbers_of(const control::Message& message, const std::string& field) {
  const auto numbers = parse_numbers<int>(message.get(field));
  if (!numbers)
    throw std::runtime_error(
        fmt::format("link message '{}': {} is not a list of numbers", message.word, field));
  return {numbers->begin(), numbers->end()};
}

/// Ring, reader page and the writer's bell.
ringbuf::PacketReader packet_reader(control::LinkMessage& message) {
  expect_fds(message, 3);
  std::vector<UniqueFd>& fds = message.fds;
  return {std::move(fds[0]), std::move(fds[1]), std::move(fds[2])};
}

/// Its pool, its claims and the producer's bell; behind them the pools further upstream.
ringbuf::LosslessConsumer lossless_consumer(control::LinkMessage& message) {
  std::vector<UniqueFd>& fds = message.fds;
  if (fds.size() < 3) expect_fds(message, 3);
  ringbuf::LosslessConsumer consumer(std::move(fds[0]), std::move(fds[1]), std::move(fds[2]),
                                     transport::kHoldBudget);
  for (std::size_t i = 3; i < fds.size(); ++i) consumer.add_upstream_pool(std::move(fds[i]));
  return consumer;
}

}  // namespace

ringbuf::OwnBell& Wiring::bell() {
  if (!bell_) throw std::runtime_error("link message 'bell' must come first");
  return *bell_;
}

void Wiring::produce(control::LinkMessage& message, bool shared) {
  expect_fds(message, 1);
  FrameOut out;
  out.edge = static_cast<std::uint32_t>(number_of(message.message, "edge"));
  out.stream = static_cast<int>(number_of(message.message, "stream"));
  out.published_before = static_cast<std::uint64_t>(number_of(message.message, "before"));
  out.done_up_to = static_cast<std::uint64_t>(number_of(message.message, "origin"));
  for (int i = 0; message.message.fields.count(fmt::format("filter{}", i)) != 0; ++i)
    out.filters.push_back(message.message.get(fmt::format("filter{}", i)));
  if (shared) {
    auto sender = std::make_unique<transport::SharedMemorySender>(
        ringbuf::Producer(std::move(message.fds[0])), shared_in_);
    out.shared = sender.get();
    out.sender = std::move(sender);
  } else {
    out.sender = std::make_unique<transport::PipeSender>(std::move(message.fds[0]), bell());
  }
  out_.push_back(std::move(out));
}

ringbuf::Producer& Wiring::producer_of(const control::Message& message) {
  const std::int64_t edge = number_of(message, "edge");
  for (FrameOut& out : out_)
    if (out.edge == edge && out.shared != nullptr) return out.shared->producer();
  throw std::runtime_error(
      fmt::format("link message '{}' names edge {}, which is not ours", message.word, edge));
}

void Wiring::send_packets(control::LinkMessage& message, bool shared) {
  expect_fds(message, shared ? 3 : 1);
  PacketsOut out{numbers_of(message.message, "copied"),
                 numbers_of(message.message, "decoded"),
                 {},
                 static_cast<std::uint64_t>(number_of(message.message, "before")),
                 number_of(message.message, "read")};
  if (shared)
    out.sender = std::make_unique<transport::SharedMemoryPacketSender>(ringbuf::PacketWriter(
        std::move(message.fds[0]), std::move(message.fds[1]), std::move(message.fds[2])));
  else
    out.sender = std::make_unique<transport::PipePacketSender>(std::move(message.fds[0]), bell());
  packets_out_.push_back(std::move(out));
}

void Wiring::receive_packets(control::LinkMessage& message, bool shared) {
  PacketsIn in{static_cast<std::size_t>(number_of(message.message, "input")), {}, nullptr};
  if (shared) {
    auto receiver = std::make_unique<transport::SharedMemoryPacketReceiver>(packet_reader(message));
    in.shared = receiver.get();
    in.receiver = std::move(receiver);
  } else {
    expect_fds(message, 1);
    in.receiver =
        std::make_unique<transport::PipePacketReceiver>(std::move(message.fds[0]), bell());
  }
  packets_in_.push_back(std::move(in));
}

Wiring::Answer Wiring::succeed_packets(control::LinkMessage& message) {
  const std::int64_t input = number_of(message.message, "input");
  const auto in = std::find_if(packets_in_.begin(), packets_in_.end(), [&](const PacketsIn& each) {
    return each.input == static_cast<std::size_t>(input) && each.shared != nullptr;
  });
  if (in == packets_in_.end())
    throw std::runtime_error(fmt::format(
        "link message 'packets-successor' names input {}, which does not come in", input));
  return {{"messages", fmt::format("{}", in->shared->move_to(packet_reader(message)))},
          {"read", fmt::format("{}", in->packets_read)}};
}

void Wiring::consume(control::LinkMessage& message, bool shared) {
  FrameIn in{static_cast<int>(number_of(message.message, "stream")), {}, nullptr};
  shared_in_ = nullptr;
  if (!shared) {
    expect_fds(message, 1);
    in.receiver = std::make_unique<transport::PipeReceiver>(std::move(message.fds[0]), bell());
  } else if (policy_of(message.message) == ringbuf::Policy::latest) {
    expect_fds(message, 3);
    in.receiver = std::make_unique<transport::SharedMemoryLatestReceiver>(
        ringbuf::LatestConsumer(std::move(message.fds[0]), std::move(message.fds[1])));
  } else {
    auto receiver = std::make_unique<transport::SharedMemoryReceiver>(
        lossless_consumer(message),
        static_cast<std::uint64_t>(number_of(message.message, "before")));
    shared_in_ = in.shared = receiver.get();
    in.receiver = std::move(receiver);
  }
  in_.push_back(std::move(in));
  // Only a stage with one way in and one way out forwards frames.
  if (shared_in_ != nullptr && out_.size() == 1 && out_.front().shared != nullptr)
    out_.front().shared->set_upstream(shared_in_);
}

FrameIn& Wiring::end_of(const control::Message& message) {
  const std::int64_t stream = number_of(message, "stream");
  const auto in = std::find_if(in_.begin(), in_.end(), [&](const FrameIn& each) {
    return each.stream == stream && each.shared != nullptr;
  });
  if (in == in_.end())
    throw std::runtime_error(fmt::format(
        "link message '{}' names stream {}, which does not come in", message.word, stream));
  return *in;
}

void Wiring::succeed(control::LinkMessage& message) {
  FrameIn& in = end_of(message.message);
  if (!in.shared->move_to(lossless_consumer(message),
                          static_cast<std::uint64_t>(number_of(message.message, "before"))))
    throw StageFailure(FailureKind::neighbour,
                       "go on behind a dead stage: it has damaged its frames");
}

void Wiring::add_pool(control::LinkMessage& message) {
  expect_fds(message, 1);
  FrameIn& in = message.message.fields.count("stream") != 0 ? end_of(message.message) : in_.back();
  in.receiver->add_upstream_pool(std::move(message.fds[0]));
}

void Wiring::keep_packets(control::LinkMessage& message) {
  SpoolFile spool;
  const bool pictures = message.message.fields.count("stream") != 0;
  expect_fds(message, pictures ? 2 : 1);
  if (pictures) {
    spool.stream = static_cast<int>(number_of(message.message, "stream"));
    spool.segments = std::move(message.fds[1]);
  }
  spool.input = static_cast<std::size_t>(number_of(message.message, "input"));
  spool.packets = std::move(message.fds[0]);
  spools_.push_back(std::move(spool));
}

Wiring::Answer Wiring::apply(control::LinkMessage message) {
  const std::string& word = message.message.word;
  const bool shared = is_shared(message.message);
  if (word == "bell") {
    expect_fds(message, 1);
    bell_ = std::make_unique<ringbuf::OwnBell>(std::move(message.fds[0]));
  } else if (word == "produce") {
    produce(message, shared);
  } else if (word == "consumer") {
    expect_fds(message, 2);
    producer_of(message.message)
        .attach(std::move(message.fds[0]), std::move(message.fds[1]), policy_of(message.message));
  } else if (word == "detach") {
    expect_fds(message, 0);
    producer_of(message.message)
        .detach(static_cast<std::uint32_t>(number_of(message.message, "index")));
  } else if (word == "consume") {
    consume(message, shared);
  } else if (word == "successor") {
    succeed(message);
  } else if (word == "pool" && !in_.empty()) {
    add_pool(message);
  } else if (word == "packets-out") {
    send_packets(message, shared);
  } else if (word == "packets-in") {
    receive_packets(message, shared);
  } else if (word == "packets-successor") {
    return succeed_packets(message);
  } else if (word == "table") {
    expect_fds(message, 1);
    tables_[static_cast<std::size_t>(number_of(message.message, "input"))] =
        std::move(message.fds[0]);
  } else if (word == "position") {
    expect_fds(message, 1);
    position_.emplace(std::move(message.fds[0]));
  } else if (word == "spool") {
    keep_packets(message);
  } else if (word == "output") {
    expect_fds(message, 1);
    output_ = std::move(message.fds[0]);
  } else {
    throw std::runtime_error(fmt::format("link message '{}' does not fit this stage", word));
  }
  return {};
}

}  // namespace latham::stage
