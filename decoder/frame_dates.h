// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/av.h"

namespace latham::decoder {

/// How ffmpeg dates the frames of a picture stream from version 7 on: by their own timestamps, and where
/// they have none by how long the one before lasted. (Before, the demuxer's clock told; StreamClock.)
class FrameDates {
 public:
  /// `untimed`: the container has no timestamps, what FFmpeg gives for them is made up.
  FrameDates(const AVStream& stream, bool untimed)
      : time_base_(stream.time_base), average_rate_(stream.avg_frame_rate), untimed_(untimed) {}

  /// Before the packet goes to the codec.
  void prepare(AVPacket& packet) const {
    if (untimed_) packet.pts = packet.dts = AV_NOPTS_VALUE;
  }
  /// Sets the frame's pts. Call for each frame, in the order in which they come.
  void date(AVFrame& frame, const AVCodecContext& codec);
  /// Where the last frame ends, in microseconds.
  [[nodiscard]] std::int64_t end_us() const;

 private:
  [[nodiscard]] std::int64_t lasts(const AVFrame& frame, const AVCodecContext& codec) const;

  AVRational time_base_;
  AVRational average_rate_;
  bool untimed_;
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  std::int64_t last_duration_ = 0;
};

}  // namespace latham::decoder
