// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "decoder/source.h"

namespace latham::decoder {

/// Decodes one stream of sound that the encoder makes anew, and dates it in samples as ffmpeg 5.1 does.
class AudioDecoder {
 public:
  /// Gets each frame; its pts counts samples of its own rate.
  using Output = std::function<void(const AVFrame&)>;

  /// Throws StageFailure(input) where there is no decoder or it does not open.
  AudioDecoder(Source& source, int stream);

  void decode(const AVPacket& packet, const Output& output) { (void)step(&packet, output); }
  void drain(const Output& output);
  void flush() { avcodec_flush_buffers(context_.get()); }
  [[nodiscard]] std::int64_t errors() const noexcept { return errors_; }

 private:
  /// False once the codec is empty.
  bool step(const AVPacket* packet, const Output& output);
  void date(const AVPacket* packet, StreamClock& clock);

  AVStream& stream_;
  Timeline& timeline_;
  media::CodecContext context_;
  media::Frame frame_;
  std::int64_t previous_pts_ = AV_NOPTS_VALUE;  ///< Of the packet before, in stream units.
  std::int64_t rescale_last_ = AV_NOPTS_VALUE;  ///< av_rescale_delta's memory.
  std::int64_t errors_ = 0;
};

}  // namespace latham::decoder
