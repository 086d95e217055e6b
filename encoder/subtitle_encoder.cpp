// SPDX-License-Identifier: MIT
#include "encoder/subtitle_encoder.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "encoder/refusal.h"
#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
}

namespace latham::encoder {
namespace {

/// No subtitle is larger; ffmpeg's bound.
constexpr std::size_t kMostBytes = std::size_t{1024} * 1024;

[[noreturn]] void fail(const PlannedStream& planned, const std::string& what, int code,
                       FailureKind kind = FailureKind::failed) {
  const std::string reason = media::last_log_line();
  throw StageFailure(kind, fmt::format("{} of subtitle stream {} as '{}': {}; try -c:s copy or -sn",
                                       what, planned.source->index, planned.encoder->name,
                                       reason.empty() ? media::error_text(code) : reason));
}

/// FFmpeg's form of an event. The rectangles point into the event.
class Rects {
 public:
  explicit Rects(const media::SubtitleEvent& event) {
    for (const std::string& line : event.lines) {
      AVSubtitleRect& rect = add(SUBTITLE_ASS);
      rect.ass = const_cast<char*>(line.c_str());
    }
    for (const media::SubtitlePicture& picture : event.pictures) {
      AVSubtitleRect& rect = add(SUBTITLE_BITMAP);
      rect.x = picture.x;
      rect.y = picture.y;
      rect.w = rect.linesize[0] = picture.width;
      rect.h = picture.height;
      rect.nb_colors = picture.colours;
      rect.data[0] = bytes(picture.pixels.data());
      rect.data[1] = bytes(picture.palette.data());
    }
    for (AVSubtitleRect& rect : rects_) pointers_.push_back(&rect);
  }
  /// Refers to this.
  [[nodiscard]] AVSubtitle subtitle() {
    AVSubtitle s{};
    s.format = !rects_.empty() && rects_.front().type == SUBTITLE_BITMAP ? 0 : 1;
    s.num_rects = static_cast<unsigned>(pointers_.size());
    s.rects = pointers_.data();
    return s;
  }

 private:
  AVSubtitleRect& add(AVSubtitleType type) {
    AVSubtitleRect& rect = rects_.emplace_back();
    rect.type = type;
    return rect;
  }
  /// Encoders only read.
  static std::uint8_t* bytes(const void* data) {
    return static_cast<std::uint8_t*>(const_cast<void*>(data));
  }
  std::deque<AVSubtitleRect> rects_;
  std::vector<AVSubtitleRect*> pointers_;
};

}  // namespace

SubtitleEncoder::SubtitleEncoder(PlannedStream& planned, const media::TimeWindow& output,
                                 Muxer& muxer)
    : planned_(planned),
      window_(output),
      muxer_(muxer),
      packet_(media::make_packet()),
      bytes_(kMostBytes) {}

void SubtitleEncoder::begin(const media::SubtitleTrack& track) {
  if (context_) return;
  context_.reset(media::checked(avcodec_alloc_context3(planned_.encoder)));
  AVCodecContext& c = *context_;
  const AVCodecParameters& source = *planned_.source->parameters;
  c.time_base = AV_TIME_BASE_Q;
  c.width = source.width;
  c.height = source.height;
  if (!track.header.empty()) {
    // Zero-ended, and freed by the codec.
    c.subtitle_header = static_cast<std::uint8_t*>(av_mallocz(track.header.size() + 1));
    if (c.subtitle_header == nullptr) throw std::bad_alloc();
    std::memcpy(c.subtitle_header, track.header.data(), track.header.size());
    c.subtitle_header_size = static_cast<int>(track.header.size());
  }
  if (muxer_.wants_global_headers()) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (planned_.tag != 0) c.codec_tag = planned_.tag;
  AVStream& st = *planned_.stream;
  (void)media::last_log_line();
  const int code = avcodec_open2(&c, planned_.encoder, &planned_.codec_options.raw);
  if (code < 0) fail(planned_, "open the encoder", code, kind_of_refusal(*planned_.encoder, code));
  if (avcodec_parameters_from_context(st.codecpar, &c) < 0) throw std::bad_alloc();
  muxer_.opened(planned_.index, c.time_base);
}

void SubtitleEncoder::encode(const media::SubtitleEvent& event) {
  if (event.lines.empty() && event.pictures.empty()) return;
  begin({});
  if (window_.start && event.start_us < *window_.start) return;
  const std::int64_t pts = event.start_us - window_.start_or_zero();
  if (window_.duration && pts >= *window_.duration) return;

  Rects rects(event);
  AVSubtitle subtitle = rects.subtitle();
  subtitle.pts = pts;
  const bool ends = event.end_us != media::kNoEnd;
  if (ends)
    subtitle.end_display_time = static_cast<std::uint32_t>((event.end_us - event.start_us) / 1000);
  else if (!event.pictures.empty())
    subtitle.end_display_time = UINT32_MAX;
  const std::int64_t duration_us = std::int64_t{1000} * subtitle.end_display_time;
  write(subtitle, pts, duration_us);
  if (planned_.encoder->id != AV_CODEC_ID_DVB_SUBTITLE) return;
  // A packet of its own takes DVB's pictures off the screen.
  subtitle.num_rects = 0;
  write(subtitle, pts + duration_us, duration_us);
}

void SubtitleEncoder::write(AVSubtitle& subtitle, std::int64_t pts, std::int64_t duration_us) {
  (void)media::last_log_line();
  const int size = avcodec_encode_subtitle(context_.get(), bytes_.data(),
                                           static_cast<int>(bytes_.size()), &subtitle);
  if (size < 0)
    fail(planned_,
         fmt::format("encode the line at {:.3f} s",
                     av_q2d({1, 1000}) * static_cast<double>(pts / 1000)),
         size);
  av_packet_unref(packet_.get());
  if (av_new_packet(packet_.get(), size) < 0) throw std::bad_alloc();
  std::memcpy(packet_->data, bytes_.data(), static_cast<std::size_t>(size));
  packet_->pts = packet_->dts = pts;
  packet_->duration = duration_us;
  packet_->flags |= AV_PKT_FLAG_KEY;
  muxer_.write_encoded(planned_.index, *packet_, {0, 1});
}

void SubtitleEncoder::finish() {
  begin({});
}

}  // namespace latham::encoder
