// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "encoder/muxer.h"

namespace latham::encoder {

/// Decoded sound of one stream to packets: converted to what the codec takes, cut into its frames,
/// encoded, handed to the muxer. The graph is the one that ffmpeg builds without -af.
class AudioEncoder {
 public:
  /// `planned`: the stream of the output; must outlive this.
  AudioEncoder(PlannedStream& planned, Muxer& muxer);

  /// One decoded frame, its pts in samples; moved from.
  void encode(AVFrame& frame);
  /// The stream ended. A stream without any sound is opened here, so that the file has it.
  void finish();

 private:
  void build(const AVFrame& frame);
  void open();
  void pull();
  void send(AVFrame* frame);
  [[nodiscard]] std::string accepted() const;

  const PlannedStream& planned_;
  Muxer& muxer_;
  const AVCodec* codec_;
  media::Dictionary options_;
  media::Graph graph_;
  AVFilterContext* input_ = nullptr;
  AVFilterContext* output_ = nullptr;
  media::Frame shape_;  ///< Rate, format and layout that the graph was built for.
  media::CodecContext context_;
  media::Frame frame_;
  media::Packet packet_;
  std::int64_t next_pts_ = 0;
};

}  // namespace latham::encoder
