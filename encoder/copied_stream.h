// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "encoder/copy_gate.h"
#include "encoder/output_plan.h"
#include "media/messages.h"

namespace latham::encoder {

/// A stream of the output that is a copy of an input's: what the windows leave of it, in the output's time.
class CopiedStream {
 public:
  /// A packet that was let in, its timestamps still the input's.
  struct Admitted {
    media::Packet packet;
    std::int64_t clock_us = 0;      ///< See media::CopiedPacket.
    std::int64_t packets_read = 0;  ///< Of its input; see Place.
  };

  /// `planned` must outlive this. `describes`: the first packet of raw AAC brings along what it is, for a container that
  /// writes nothing without knowing.
  CopiedStream(const PlannedStream& planned, const OutputTime& output,
               const media::InputSpan& input, bool describes = false);

  /// A reference to the packet, if it is let in; else `packet` is empty.
  [[nodiscard]] Admitted admit(const media::CopiedPacket& copied, std::int64_t packets_read);
  /// Until the output has its header.
  void keep(Admitted&& packet) { kept_.push_back(std::move(packet)); }
  [[nodiscard]] std::deque<Admitted>& kept() noexcept { return kept_; }
  [[nodiscard]] const std::deque<Admitted>& kept() const noexcept { return kept_; }
  /// The output's timestamps, in packet_base(). `read_before`: how many packets of the input are read before the
  /// output's header can be written.
  void date(Admitted& packet, std::int64_t read_before);
  /// What the timestamps of dated packets count: the stream's own steps for one that began before the output's
  /// header, the container's for others, as ffmpeg has it.
  [[nodiscard]] AVRational packet_base() const noexcept { return base_; }

  /// No packet is let in from this time of the output on, microseconds.
  void end_at(std::int64_t end_us) { gate_.end_at(end_us); }
  void close() noexcept { gate_.close(); }
  /// Nothing more is let in.
  [[nodiscard]] bool ended() const noexcept { return gate_.ended(); }
  /// It has all that -frames lets into the output.
  [[nodiscard]] bool full() const noexcept { return taken_ - refused_ >= planned_.most_packets; }
  /// Behind its last packet, microseconds of the output.
  [[nodiscard]] std::int64_t end_us() const noexcept { return end_us_; }
  [[nodiscard]] std::int64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::int64_t refused() const noexcept { return refused_; }

 private:
  const PlannedStream& planned_;
  bool describes_;
  std::int64_t start_us_;  ///< Of the output's window.
  CopyGate gate_;
  AVRational base_{0, 1};      ///< 0/1 until the first packet is dated.
  std::int64_t rescale_last_;  ///< av_rescale_delta's memory.
  std::int64_t end_us_ = 0;
  std::int64_t taken_ = 0;
  std::int64_t refused_ = 0;
  std::deque<Admitted> kept_;
};

}  // namespace latham::encoder
