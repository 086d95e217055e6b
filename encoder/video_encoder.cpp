// SPDX-License-Identifier: MIT
#include "encoder/video_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "encoder/refusal.h"
#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

bool is_set(AVRational q) {
  return q.num != 0;
}

std::int64_t quality_of(const AVPacket& packet) {
  std::size_t size = 0;
  const std::uint8_t* stats = av_packet_get_side_data(&packet, AV_PKT_DATA_QUALITY_STATS, &size);
  return stats != nullptr && size >= 4 ? static_cast<std::int32_t>(AV_RL32(stats)) : -1;
}

AVFieldOrder field_order_of(const AVFrame& frame, const AVCodec& codec) {
  if (!media::is_interlaced(frame))
    return frame.buf[0] != nullptr ? AV_FIELD_PROGRESSIVE : AV_FIELD_UNKNOWN;
  const bool top = media::is_top_field_first(frame);
  if (codec.id == AV_CODEC_ID_MJPEG) return top ? AV_FIELD_TT : AV_FIELD_BB;
  return top ? AV_FIELD_TB : AV_FIELD_BT;
}

std::vector<std::uint8_t> extradata_of(const AVCodecContext& codec) {
  return {codec.extradata, codec.extradata + codec.extradata_size};
}

}  // namespace

VideoEncoder::VideoEncoder(const VideoOptions& options, PlannedStream& planned, FpsMode mode,
                           Muxer& muxer)
    : options_(options),
      planned_(planned),
      codec_options_(std::move(planned.codec_options)),
      mode_(mode),
      muxer_(muxer),
      losses_(*options.codec, *options.format),
      forced_keys_(options.forced_keys),
      pass_log_(options.passes, options.pass_prefix, planned.index, *options.codec),
      segments_(muxer.segments(planned.index)),
      first_(media::make_frame()),
      trim_(options.window),
      last_(media::make_frame()),
      packet_(media::make_packet()) {}

void VideoEncoder::open(const AVFrame& first, const media::StreamNote& note) {
  note_ = first_note_ = note;
  first_->width = first.width;
  first_->height = first.height;
  first_->format = first.format;
  if (av_frame_copy_props(first_.get(), &first) < 0) throw std::bad_alloc();
  field_order_ = options_.top_first ? (*options_.top_first ? AV_FIELD_TT : AV_FIELD_BB)
                                    : field_order_of(first, *options_.codec);
  if (options_.static_hdr) hdr_ = static_hdr(first, *planned_.source);
  rate_ = is_set(options_.rate) ? options_.rate : note.frame_rate;
  if (!is_set(rate_)) rate_ = {25, 1};
  if (const AVRational* rates = media::encoder_frame_rates(*options_.codec))
    rate_ = rates[av_find_nearest_q_idx(rate_, rates)];
  if (options_.codec->id == AV_CODEC_ID_MPEG4)  // the standard's 16 bits
    av_reduce(&rate_.num, &rate_.den, rate_.num, rate_.den, 65535);
  open_codec();

  AVStream& st = *planned_.stream;
  st.avg_frame_rate = rate_;
  if (avcodec_parameters_from_context(st.codecpar, context_.get()) < 0) throw std::bad_alloc();
  media::add_coded_side_data(st, *context_);
  hand_to_container(hdr_, st);
  muxer_.opened(planned_.index, context_->time_base);
  sync_.emplace(mode_, context_->time_base, options_.most_frames, options_.window.start_or_zero());
  forced_keys_.begin(context_->time_base, muxer_.chapter_starts());
}

void VideoEncoder::open_codec() {
  const AVFrame& first = *first_;
  const media::StreamNote& note = first_note_;
  context_.reset(media::checked(avcodec_alloc_context3(options_.codec)));
  AVCodecContext& c = *context_;
  media::Dictionary codec_options;
  if (av_dict_copy(&codec_options.raw, codec_options_.raw, 0) < 0) throw std::bad_alloc();

  c.time_base = av_inv_q(rate_);
  if (options_.time_base.num > 0) c.time_base = options_.time_base;
  if (options_.time_base.num < 0) c.time_base = note.source_time_base;
  c.framerate = rate_;
  c.flags |= media::kFrameDurationFlag;
  c.width = first.width;
  c.height = first.height;
  c.pix_fmt = static_cast<AVPixelFormat>(first.format);
  c.sample_aspect_ratio = is_set(options_.aspect)
                              ? av_mul_q(options_.aspect, {first.height, first.width})
                              : first.sample_aspect_ratio;
  c.color_range = first.color_range;
  c.color_primaries = first.color_primaries;
  c.color_trc = first.color_trc;
  c.colorspace = first.colorspace;
  c.chroma_sample_location = first.chroma_location;
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(c.pix_fmt);
  c.bits_per_raw_sample = std::min(note.bits_per_raw_sample, desc->comp[0].depth);
  c.field_order = field_order_;
  if ((options_.format->flags & AVFMT_GLOBALHEADER) != 0) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (options_.quality >= 0) {
    c.flags |= AV_CODEC_FLAG_QSCALE;
    c.global_quality = static_cast<int>(FF_QP2LAMBDA * options_.quality);
  }
  if (av_dict_get(codec_options.raw, "threads", nullptr, 0) == nullptr)
    codec_options.set("threads", "auto");
  if (planned_.tag != 0) c.codec_tag = planned_.tag;
  hand_to_encoder(hdr_, *options_.codec, codec_options);
  media::hand_over_global_side_data(c, first);
  pass_log_.prepare(c, codec_options);

  // For the container as it is: MPEG-4 rounds its own copy to what its header can hold.
  planned_.stream->sample_aspect_ratio = c.sample_aspect_ratio;
  (void)media::last_log_line();
  const int code = avcodec_open2(&c, options_.codec, &codec_options.raw);
  if (code < 0) {
    const std::string reason = media::last_log_line();
    throw StageFailure(kind_of_refusal(*options_.codec, code),
                       fmt::format("open encoder '{}' for {}x{} {} at {}/{} fps: {}",
                                   options_.codec->name, c.width, c.height, desc->name, rate_.num,
                                   rate_.den, reason.empty() ? media::error_text(code) : reason));
  }
  unused_ = true;
}

void VideoEncoder::begin_segment(std::int64_t pts) {
  if (!unused_) {
    send(nullptr);
    segments_->close();
    reopen_codec();
  }
  segments_->begin(pts, context_->time_base);
  // As in a codec that was opened just now.
  context_->sample_aspect_ratio = planned_.stream->sample_aspect_ratio;
  if (const control::Segment* kept = segments_->kept()) frames_ += kept->packets;
}

void VideoEncoder::reopen_codec() {
  const std::vector<std::uint8_t> headers = extradata_of(*context_);
  open_codec();
  if (extradata_of(*context_) != headers)
    throw StageFailure(
        FailureKind::failed,
        fmt::format("--resumable: '{}' begins each segment with other headers, so they cannot be "
                    "joined; leave it out, or choose another -c:v",
                    options_.codec->name));
}

void VideoEncoder::encode_picture(AVFrame& picture) {
  if (segments_ != nullptr && segments_->begins_with(picture.pts, context_->time_base))
    begin_segment(picture.pts);
  if (segments_ == nullptr || segments_->kept() == nullptr) send(&picture);
}

double VideoEncoder::duration_ticks(const AVFrame* frame) const {
  const double tick = av_q2d(context_->time_base);
  if (media::kFramesCarryDuration && frame != nullptr && media::frame_duration(*frame) > 0)
    return static_cast<double>(media::frame_duration(*frame)) * av_q2d(note_.source_time_base) /
           tick;
  double ticks = 0;
  if (note_.frame_rate.num > 0 && note_.frame_rate.den > 0)
    ticks = 1 / (av_q2d(note_.frame_rate) * tick);
  if (media::kFramesCarryDuration) return ticks;
  if (planned_.source->start_time_known) ticks = std::min(ticks, 1 / (av_q2d(rate_) * tick));
  if (options_.filtered || frame == nullptr) return ticks;
  const double own =
      static_cast<double>(media::frame_duration(*frame)) * av_q2d(note_.source_time_base) / tick;
  const long whole = std::lrintf(static_cast<float>(own));
  return whole > 0 ? static_cast<double>(whole) : ticks;
}

void VideoEncoder::encode(AVFrame& frame, const media::StreamNote& note) {
  if (done()) return;
  if (frame.pts != AV_NOPTS_VALUE)
    muxer_.reached(av_rescale_q(frame.pts, note.time_base, AV_TIME_BASE_Q));
  const media::Trim::Place place = trim_.look(frame.pts, note.time_base);
  if (place == media::Trim::Place::before) return;
  if (place == media::Trim::Place::past) {
    end();
    return;
  }
  if (!context_) open(frame, note);
  if (warn_)
    for (const std::string& loss : losses_.of(frame)) warn_(loss);
  note_ = note;
  if (!is_set(options_.aspect)) context_->sample_aspect_ratio = frame.sample_aspect_ratio;
  sync_and_send(&frame);
}

void VideoEncoder::sync_and_send(AVFrame* frame) {
  const double duration = duration_ticks(frame);
  const FrameSync::Decision d =
      frame != nullptr ? sync_->next(sync_->exact(frame->pts, note_.time_base), duration)
                       : sync_->next(std::nullopt, duration);
  forced_keys_.frame(sync_->last_dropped() && media::is_key(*frame));
  for (std::int64_t i = 0; i < d.frames; ++i) {
    AVFrame* shown = i < d.previous && last_->buf[0] != nullptr ? last_.get() : frame;
    if (shown == nullptr) return;
    if (is_past_end()) {
      ended_ = true;
      return;
    }
    shown->pts = sync_->next_pts();
    if (media::kFramesCarryDuration)
      media::set_frame_duration(*shown, is_constant() ? 1 : std::llrint(d.duration));
    shown->quality = context_->global_quality;
    const bool forced = forced_keys_.next(shown->pts, media::is_key(*shown), i > 0);
    shown->pict_type = forced ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (options_.top_first) media::set_top_field_first(*shown, *options_.top_first);
    encode_picture(*shown);
    sync_->encoded();
  }
  av_frame_unref(last_.get());
  if (frame != nullptr) av_frame_move_ref(last_.get(), frame);
}

void VideoEncoder::send(AVFrame* frame) {
  if (frame != nullptr) ++frames_;
  unused_ = false;
  const bool may_gather = frame == nullptr && packets_ == 0 && frames_ > 1;
  int code = avcodec_send_frame(context_.get(), frame);
  while (code >= 0) {
    code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code >= 0 || code == AVERROR_EOF) pass_log_.take(*context_);
    if (code < 0) break;
    ++packets_;
    quality_ = quality_of(*packet_);
    if (mode_ == FpsMode::drop) packet_->pts = packet_->dts = AV_NOPTS_VALUE;
    muxer_.write_encoded(planned_.index, *packet_, is_constant() ? rate_ : AVRational{0, 1});
  }
  gathers_ = may_gather && packets_ == 1;  // as for an animated WebP
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
  const std::string reason = media::last_log_line();
  throw StageFailure(FailureKind::failed,
                     fmt::format("encode frame {} with '{}': {}", frames_, options_.codec->name,
                                 reason.empty() ? media::error_text(code) : reason));
}

bool VideoEncoder::is_past_end() const {
  const std::int64_t end = std::min(end_us_, options_.window.duration.value_or(INT64_MAX));
  return end != INT64_MAX &&
         av_compare_ts(sync_->next_pts(), context_->time_base, end, AV_TIME_BASE_Q) >= 0;
}

void VideoEncoder::end() {
  if (context_ && !ended_) sync_and_send(nullptr);
  ended_ = true;
}

void VideoEncoder::finish() {
  end();
  if (context_) send(nullptr);
}

void VideoEncoder::open_without_frames() {
  if (context_) return;
  const media::StreamEntry& source = *planned_.source;
  const AVCodecParameters& par = *source.parameters;
  const media::Frame picture = media::make_frame();
  picture->width = par.width;
  picture->height = par.height;
  picture->format =
      nearest_format(options_.accepted_formats,
                     par.format < 0 ? AV_PIX_FMT_YUV420P : static_cast<AVPixelFormat>(par.format));
  picture->sample_aspect_ratio = source.sar;
  media::StreamNote note;
  note.time_base = note.source_time_base = source.time_base;
  note.frame_rate =
      is_set(source.real_frame_rate) ? source.real_frame_rate : source.average_frame_rate;
  open(*picture, note);
}

std::int64_t VideoEncoder::time_us() const {
  return sync_ ? av_rescale_q(sync_->next_pts(), context_->time_base, {1, AV_TIME_BASE}) : 0;
}

}  // namespace latham::encoder
