// SPDX-License-Identifier: MIT
#include "decoder/subtitle_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "system/failure.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace latham::decoder {
namespace {

/// FFmpeg's own, which must be freed whatever was in it.
struct Decoded {
  AVSubtitle subtitle{};
  Decoded() = default;
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
  ~Decoded() { avsubtitle_free(&subtitle); }
};

media::SubtitlePicture picture_of(const AVSubtitleRect& rect) {
  media::SubtitlePicture picture{rect.x, rect.y, rect.w, rect.h, 0, {}, {}};
  const auto width = static_cast<std::size_t>(rect.w);
  picture.pixels.reserve(width * static_cast<std::size_t>(rect.h));
  for (int y = 0; y < rect.h; ++y) {
    const auto row =
        std::as_bytes(std::span(rect.data[0] + std::ptrdiff_t{rect.linesize[0]} * y, width));
    picture.pixels.insert(picture.pixels.end(), row.begin(), row.end());
  }
  const auto colours = static_cast<std::size_t>(std::clamp(rect.nb_colors, 0, 256));
  picture.palette.resize(colours);
  std::memcpy(picture.palette.data(), rect.data[1], colours * sizeof(picture.palette[0]));
  return picture;
}

constexpr const char* kHint = "; add -sn or -c:s copy";

bool has_picture(const AVSubtitleRect& rect) {
  return rect.type == SUBTITLE_BITMAP && rect.w > 0 && rect.h > 0 && rect.data[0] != nullptr &&
         rect.data[1] != nullptr && rect.linesize[0] >= rect.w;
}

}  // namespace

SubtitleDecoder::SubtitleDecoder(Source& source, int stream, Give give)
    : stream_(stream), context_(source.make_decoder(stream, kHint)) {
  // Before the options of the command line, which may say otherwise.
  if (context_->codec_id == AV_CODEC_ID_DVB_SUBTITLE && give == Give::with_its_end)
    av_opt_set(context_->priv_data, "compute_edt", "1", 0);
  source.open_decoder(*context_, stream, kHint);
}

media::SubtitleTrack SubtitleDecoder::track() const {
  const auto* header = reinterpret_cast<const char*>(context_->subtitle_header);
  if (header == nullptr || context_->subtitle_header_size <= 0) return {stream_, ""};
  return {stream_, {header, static_cast<std::size_t>(context_->subtitle_header_size)}};
}

media::SubtitleEvent SubtitleDecoder::event(const AVSubtitle& decoded,
                                            const AVPacket& packet) const {
  constexpr std::int64_t kMs = 1000;
  media::SubtitleEvent event;
  event.stream = stream_;
  std::int64_t at = decoded.pts;
  if (at == AV_NOPTS_VALUE)
    at = av_rescale_q(packet.pts, context_->pkt_timebase, {1, AV_TIME_BASE});
  event.start_us = at + kMs * decoded.start_display_time;
  // Both mean that the next event ends it.
  if (decoded.end_display_time != 0 && decoded.end_display_time != UINT32_MAX)
    event.end_us = at + kMs * decoded.end_display_time;
  event.canvas_width = context_->width;
  event.canvas_height = context_->height;
  for (const AVSubtitleRect* rect : std::span(decoded.rects, decoded.num_rects)) {
    if (rect->ass != nullptr)
      event.lines.emplace_back(rect->ass);
    else if (has_picture(*rect))
      event.pictures.push_back(picture_of(*rect));
  }
  return event;
}

void SubtitleDecoder::decode(const AVPacket& packet, const Output& output) {
  Decoded decoded;
  int got = 0;
  // A damaged line is missed by nobody but its reader; the film goes on.
  if (avcodec_decode_subtitle2(context_.get(), &decoded.subtitle, &got,
                               const_cast<AVPacket*>(&packet)) < 0 ||
      got == 0)
    return;
  if (decoded.subtitle.pts == AV_NOPTS_VALUE && packet.pts == AV_NOPTS_VALUE) return;
  output(event(decoded.subtitle, packet));
}

}  // namespace latham::decoder
