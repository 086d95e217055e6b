// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/link_socket.h"
#include "ringbuf/doorbell.h"
#include "ringbuf/input_position.h"
#include "transport/channel.h"
#include "transport/shared_memory.h"

namespace latham::stage {

/// One end at which frames come in.
struct FrameIn {
  int stream = 0;  ///< Of this stage, that the frames are: for the encoder, of the output.
  std::unique_ptr<transport::FrameReceiver> receiver;
  transport::SharedMemoryReceiver* shared = nullptr;  ///< The receiver, where it is this kind.
};

/// One end at which frames go out.
struct FrameOut {
  std::uint32_t edge = 0;
  int stream = 0;                    ///< Of this stage: for the decoder, of the input.
  std::vector<std::string> filters;  ///< How its consumers' filter graphs begin, one each.
  std::unique_ptr<transport::FrameSender> sender;
  transport::SharedMemorySender* shared = nullptr;  ///< The sender, where it is this kind.
  /// Of a stage that follows a dead one: so many frames were published before, and they are what became of
  /// the frames that came in up to this number.
  std::uint64_t published_before = 0;
  std::uint64_t done_up_to = 0;
};

struct PacketsIn {
  std::size_t input = 0;
  std::unique_ptr<transport::PacketReceiver> receiver;
  transport::SharedMemoryPacketReceiver* shared =
      nullptr;  ///< The receiver, where it is this kind.
  /// Packets of the input that the decoder had read when it gave the newest message that has come; who receives
  /// it says so here.
  std::int64_t packets_read = 0;
};

/// One output that is given packets, and of which streams of the input.
struct PacketsOut {
  std::set<int> copied;   ///< Their packets as they are.
  std::set<int> decoded;  ///< Their decoded sound.
  std::unique_ptr<transport::PacketSender> sender;
  /// Of a stage that follows a dead one: messages that arrived, and packets of the input that had been read
  /// at the newest of them.
  std::uint64_t received_before = 0;
  std::int64_t read_before = 0;
  std::int64_t given = 0;  ///< Messages so far, those that arrived before included.
  std::int64_t told = 0;   ///< Packets of the input that had been read at the newest of them.
};

/// Where an encoder keeps packets until its output is joined.
struct SpoolFile {
  std::optional<int> stream;  ///< Of the output: its pictures.
  std::size_t input = 0;      ///< Else: what comes from this input beside the pictures.
  UniqueFd packets;           ///< For reading and writing.
  UniqueFd segments;  ///< Of a stream: a `segment` line for each that is whole; not yet checked.
};

/// What a stage is joined to: made from the supervisor's link messages, whichever transport they
/// name.
class Wiring {
 public:
  /// The fields of an answer, mostly none.
  using Answer = std::map<std::string, std::string>;
  /// Applies one message. Throws std::runtime_error for one that makes no sense.
  Answer apply(control::LinkMessage message);

  /// See FrameReceiver.
  void make_way_upstream() {
    for (FrameIn& in : in_) in.receiver->make_way_upstream();
  }
  /// In the order in which they were handed over.
  [[nodiscard]] std::vector<FrameIn>& frames_in() noexcept { return in_; }
  [[nodiscard]] std::vector<FrameOut>& frames_out() noexcept { return out_; }
  [[nodiscard]] const std::vector<FrameOut>& frames_out() const noexcept { return out_; }
  [[nodiscard]] std::vector<PacketsIn>& packets_in() noexcept { return packets_in_; }
  [[nodiscard]] std::vector<PacketsOut>& packets_out() noexcept { return packets_out_; }
  /// For stages that have one of a kind: null where there is none.
  [[nodiscard]] transport::FrameReceiver* in(std::size_t index = 0) const noexcept {
    return index < in_.size() ? in_[index].receiver.get() : nullptr;
  }
  [[nodiscard]] transport::FrameSender* out() const noexcept {
    return out_.empty() ? nullptr : out_.front().sender.get();
  }
  /// Stream tables of the inputs, by input; a read-only descriptor each, whose content nobody can change.
  [[nodiscard]] std::map<std::size_t, UniqueFd>& tables() noexcept { return tables_; }
  [[nodiscard]] std::vector<SpoolFile> take_spools() noexcept { return std::move(spools_); }
  [[nodiscard]] UniqueFd take_output() noexcept { return std::move(output_); }
  /// Decoder: where it says how far it is in its input; null where nobody wants to know.
  [[nodiscard]] ringbuf::InputPositionWriter* position() noexcept {
    return position_ ? &*position_ : nullptr;
  }
  /// The stage's one place to sleep; handed over first.
  [[nodiscard]] ringbuf::OwnBell& bell();

 private:
  void produce(control::LinkMessage& message, bool shared);
  void consume(control::LinkMessage& message, bool shared);
  void succeed(control::LinkMessage& message);
  [[nodiscard]] Answer succeed_packets(control::LinkMessage& message);
  void add_pool(control::LinkMessage& message);
  void send_packets(control::LinkMessage& message, bool shared);
  void receive_packets(control::LinkMessage& message, bool shared);
  void keep_packets(control::LinkMessage& message);
  [[nodiscard]] ringbuf::Producer& producer_of(const control::Message& message);
  /// The end at which the frames of the message's `stream` come in.
  [[nodiscard]] FrameIn& end_of(const control::Message& message);

  // Destroyed last: the ends poke it from their threads.
  std::unique_ptr<ringbuf::OwnBell> bell_;
  std::vector<FrameIn> in_;
  std::vector<FrameOut> out_;
  std::vector<PacketsIn> packets_in_;
  std::vector<PacketsOut> packets_out_;
  std::map<std::size_t, UniqueFd> tables_;
  transport::SharedMemoryReceiver* shared_in_ =
      nullptr;  ///< The last of in_, where it is this kind.
  UniqueFd output_;
  std::optional<ringbuf::InputPositionWriter> position_;
  std::vector<SpoolFile> spools_;
};

}  // namespace latham::stage
