// SPDX-License-Identifier: MIT
#include "stage/wiring.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

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

}  // namespace

ringbuf::OwnBell& Wiring::bell() {
  if (!bell_) throw std::runtime_error("link message 'bell' must come first");
  return *bell_;
}

void Wiring::produce(control::LinkMessage& message, bool shared) {
  expect_fds(message, 1);
  if (!shared) {
    out_ = std::make_unique<transport::PipeSender>(std::move(message.fds[0]), bell());
    return;
  }
  auto sender = std::make_unique<transport::SharedMemorySender>(
      ringbuf::Producer(std::move(message.fds[0])), shared_in_);
  shared_out_ = sender.get();
  out_ = std::move(sender);
}

void Wiring::consume(control::LinkMessage& message, bool shared) {
  if (!shared) {
    expect_fds(message, 1);
    in_.push_back(std::make_unique<transport::PipeReceiver>(std::move(message.fds[0]), bell()));
    return;
  }
  expect_fds(message, 3);
  if (policy_of(message.message) == ringbuf::Policy::latest) {
    in_.push_back(std::make_unique<transport::SharedMemoryLatestReceiver>(
        ringbuf::LatestConsumer(std::move(message.fds[0]), std::move(message.fds[1]))));
    return;
  }
  auto receiver = std::make_unique<transport::SharedMemoryReceiver>(
      ringbuf::LosslessConsumer(std::move(message.fds[0]), std::move(message.fds[1]),
                                std::move(message.fds[2]), transport::kHoldBudget));
  shared_in_ = receiver.get();
  in_.push_back(std::move(receiver));
  if (shared_out_ != nullptr) shared_out_->set_upstream(shared_in_);
}

void Wiring::apply(control::LinkMessage message) {
  const std::string& word = message.message.word;
  const bool shared = message.message.get("transport", "shm") == "shm";
  if (word == "bell") {
    expect_fds(message, 1);
    bell_ = std::make_unique<ringbuf::OwnBell>(std::move(message.fds[0]));
  } else if (word == "produce") {
    produce(message, shared);
  } else if (word == "consumer" && shared_out_ != nullptr) {
    expect_fds(message, 2);
    shared_out_->producer().attach(std::move(message.fds[0]), std::move(message.fds[1]),
                                   policy_of(message.message));
  } else if (word == "detach" && shared_out_ != nullptr) {
    expect_fds(message, 0);
    const auto index = message.message.number("index");
    if (index) shared_out_->producer().detach(static_cast<std::uint32_t>(*index));
  } else if (word == "consume") {
    consume(message, shared);
  } else if (word == "pool" && !in_.empty()) {
    expect_fds(message, 1);
    in_.back()->add_upstream_pool(std::move(message.fds[0]));
  } else if (word == "packets-out") {
    expect_fds(message, shared ? 3 : 1);
    if (shared)
      packets_out_ = std::make_unique<transport::SharedMemoryPacketSender>(ringbuf::PacketWriter(
          std::move(message.fds[0]), std::move(message.fds[1]), std::move(message.fds[2])));
    else
      packets_out_ =
          std::make_unique<transport::PipePacketSender>(std::move(message.fds[0]), bell());
  } else if (word == "packets-in") {
    expect_fds(message, shared ? 3 : 1);
    if (shared)
      packets_in_ = std::make_unique<transport::SharedMemoryPacketReceiver>(ringbuf::PacketReader(
          std::move(message.fds[0]), std::move(message.fds[1]), std::move(message.fds[2])));
    else
      packets_in_ =
          std::make_unique<transport::PipePacketReceiver>(std::move(message.fds[0]), bell());
  } else if (word == "output") {
    expect_fds(message, 1);
    output_ = std::move(message.fds[0]);
  } else {
    throw std::runtime_error(fmt::format("link message '{}' does not fit this stage", word));
  }
}

}  // namespace latham::stage
