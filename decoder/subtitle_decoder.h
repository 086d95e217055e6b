// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "decoder/source.h"
#include "media/av.h"
#include "media/subtitles.h"

namespace latham::decoder {

/// Decodes one stream of subtitles, text or pictures, for an encoder or for somebody who watches.
class SubtitleDecoder {
 public:
  /// Gets each event; times are those of the packets.
  using Output = std::function<void(const media::SubtitleEvent&)>;

  /// When an event is given: as soon as it is there, for somebody who watches, or once its end is
  /// known. That matters for DVB, which says with the next one how long one lasts.
  enum class Give : std::uint8_t { at_once, with_its_end };

  /// Throws StageFailure(input) where there is no decoder or it does not open.
  SubtitleDecoder(Source& source, int stream, Give give);

  [[nodiscard]] media::SubtitleTrack track() const;
  void decode(const AVPacket& packet, const Output& output);
  void flush() { avcodec_flush_buffers(context_.get()); }

 private:
  [[nodiscard]] media::SubtitleEvent event(const AVSubtitle& decoded, const AVPacket& packet) const;

  int stream_;
  media::CodecContext context_;
};

}  // namespace latham::decoder
