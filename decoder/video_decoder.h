// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "decoder/frame_dates.h"
#include "decoder/source.h"
#include "media/frame_meta.h"

namespace latham::decoder {

struct VideoOptions {
  std::optional<bool> top_first;  ///< -top: overrules what the stream says of its fields.
};

struct DecodeCounts {
  std::int64_t packets = 0;  ///< Handed to the codec.
  std::int64_t frames = 0;
  std::int64_t errors = 0;  ///< Packets that the codec refused, frames that it marked as damaged.
};

/// Decodes one video stream of a source and dates its frames the way ffmpeg 5.1 does.
class VideoDecoder {
 public:
  using Output = std::function<void(AVFrame&, const media::StreamNote&)>;

  /// Prepares the codec without opening it, so that the caller can set where it decodes to.
  /// Throws StageFailure(input) where no decoder is there.
  VideoDecoder(Source& source, int stream, VideoOptions options);

  [[nodiscard]] AVCodecContext& context() noexcept { return *context_; }
  void open();

  /// Decodes one packet; each frame goes to `output`. Damage is counted, not thrown.
  void decode(const AVPacket& packet, const Output& output) { (void)step(&packet, output); }
  /// Takes out what the codec still keeps. Call flush() before packets follow (a loop).
  void drain(const Output& output);
  void flush() { avcodec_flush_buffers(context_.get()); }

  [[nodiscard]] const DecodeCounts& counts() const noexcept { return counts_; }
  /// FFmpeg's words for the last damage.
  [[nodiscard]] const std::string& last_error() const noexcept { return last_error_; }

 private:
  /// False once the codec is empty.
  bool step(const AVPacket* packet, const Output& output);
  /// Null begins to drain. Returns FFmpeg's code.
  int send(const AVPacket* packet, std::int64_t dts);
  /// When a frame is shown, its shape as container and options have it, and in `note_` what its stream is like.
  /// `packet_us`: how long its packet lasts.
  void describe(AVFrame& frame, bool draining, StreamClock& clock, std::int64_t packet_us);
  /// Frames are dated by themselves, not by the clock of the demuxer; a forced rate needs the clock.
  [[nodiscard]] bool dates_itself() const {
    return media::kFramesCarryDuration && source_.forced_rate().num == 0;
  }
  void crop(AVFrame& frame) const;
  void date(AVFrame& frame, bool draining, StreamClock& clock);
  [[nodiscard]] std::int64_t duration_us(const AVPacket* packet) const;

  Source& source_;
  AVStream& stream_;
  media::CodecContext context_;
  VideoOptions options_;
  media::Frame frame_;
  media::Packet sent_;
  media::StreamNote note_;
  std::int64_t next_number_ = 0;  ///< Of the next frame, where -r sets the timestamps.
  std::deque<std::int64_t>
      drain_dts_;  ///< In stream units; dates for frames that come without any.
  FrameDates dates_;
  media::Cropping crop_;  ///< Of the container; the codec does its own.
  DecodeCounts counts_;
  std::string last_error_;
};

}  // namespace latham::decoder
