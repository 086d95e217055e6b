// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "encoder/audio_graph.h"
#include "encoder/audio_options.h"
#include "encoder/muxer.h"

namespace latham::encoder {

/// Decoded sound of one stream to packets: cut, filtered, converted to what the codec takes, cut into
/// its frames, encoded, handed to the muxer.
class AudioEncoder {
 public:
  /// `planned`: the stream of the output; must outlive this. `input`: what the input's -ss and -t
  /// leave of it. Throws StageFailure(usage) for filters that do not parse.
  AudioEncoder(PlannedStream& planned, const AudioOptions& options, const media::TimeWindow& input,
               const media::TimeWindow& output, Muxer& muxer);

  /// One decoded frame, its pts in samples; moved from.
  void encode(AVFrame& frame);
  /// The stream ended. A stream without any sound is opened here, so that the file has it.
  void finish();
  /// Nothing is encoded from this time of the output on, microseconds, to a whole frame of the codec.
  void end_at(std::int64_t end_us) noexcept { end_us_ = std::min(end_us_, end_us); }
  /// Where the output's next sample would be, microseconds.
  [[nodiscard]] std::int64_t time_us() const;
  /// The output ended before the stream: what the filters hold is lost, as ffmpeg loses it.
  void cut() noexcept { done_ = true; }
  /// -frames:a is used up.
  [[nodiscard]] bool full() const noexcept { return packets_ >= planned_.most_packets; }
  /// The output's window is full, or the stream has ended: what comes is ignored.
  [[nodiscard]] bool done() const noexcept { return done_; }

 private:
  void build(const AVFrame& frame);
  void open();
  void pull();
  void send(AVFrame* frame);

  const PlannedStream& planned_;
  Muxer& muxer_;
  const AVCodec* codec_;
  media::Dictionary options_;
  double quality_;
  media::TimeWindow window_;
  AudioGraph graph_;
  media::CodecContext context_;
  media::Frame frame_;
  media::Packet packet_;
  std::int64_t next_pts_ = 0;
  std::int64_t packets_ = 0;  ///< Handed to the muxer.
  std::int64_t end_us_ = INT64_MAX;
  bool done_ = false;
};

}  // namespace latham::encoder
