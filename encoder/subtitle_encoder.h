// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "encoder/muxer.h"
#include "media/subtitles.h"

namespace latham::encoder {

/// Decoded subtitles of one stream to packets of another codec: text to text, pictures to pictures.
class SubtitleEncoder {
 public:
  /// `planned`: the stream of the output; both must outlive this.
  SubtitleEncoder(PlannedStream& planned, const media::TimeWindow& output, Muxer& muxer);

  /// What comes before the first event: the codec is opened with the styles. A second one is ignored.
  void begin(const media::SubtitleTrack& track);
  void encode(const media::SubtitleEvent& event);
  /// The stream ended. One of which nothing came is opened here, so that the file has it.
  void finish();

 private:
  void write(AVSubtitle& subtitle, std::int64_t pts, std::int64_t duration_us);

  PlannedStream& planned_;
  media::TimeWindow window_;
  Muxer& muxer_;
  media::CodecContext context_;
  media::Packet packet_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace latham::encoder
