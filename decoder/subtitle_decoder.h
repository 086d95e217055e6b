// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "media/av.h"
#include "media/subtitles.h"

namespace latham::decoder {

/// Decodes one stream of subtitles, text or pictures, for somebody who watches.
class SubtitleDecoder {
 public:
  /// Gets each event; times are those of the packets.
  using Output = std::function<void(const media::SubtitleEvent&)>;

  /// Throws StageFailure(input) where there is no decoder or it does not open.
  explicit SubtitleDecoder(const AVStream& stream);

  [[nodiscard]] media::SubtitleTrack track() const;
  void decode(AVPacket& packet, const Output& output);
  void flush() { avcodec_flush_buffers(context_.get()); }

 private:
  [[nodiscard]] media::SubtitleEvent event(const AVSubtitle& decoded, const AVPacket& packet) const;

  int stream_;
  media::CodecContext context_;
};

}  // namespace latham::decoder
