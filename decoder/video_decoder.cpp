// SPDX-License-Identifier: MIT
#include "decoder/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "media/av_log.h"
#include "media/filter_graph.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/display.h>
}

namespace latham::decoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

}  // namespace

VideoDecoder::VideoDecoder(Source& source, int stream, VideoOptions options)
    : source_(source),
      stream_(source.stream(stream)),
      context_(source.make_decoder(stream, "")),
      options_(std::move(options)),
      frame_(media::make_frame()),
      sent_(media::make_packet()),
      dates_(stream_, (source.format().iformat->flags & AVFMT_NOTIMESTAMPS) != 0),
      crop_(media::container_cropping(stream_)) {
  context_->framerate = stream_.avg_frame_rate;

  note_.time_base = note_.source_time_base = stream_.time_base;
  note_.stays_as_coded = !source.upright();
  if (source.forced_rate().num != 0) note_.time_base = av_inv_q(source.forced_rate());
  for (int i = 0; i < media::stream_side_data_count(stream_); ++i) {
    const media::SideDataView sd = media::stream_side_data(stream_, i);
    if (sd.type != AV_PKT_DATA_DISPLAYMATRIX || sd.size < 9 * sizeof(std::int32_t)) continue;
    note_.has_display_matrix = true;
    std::copy_n(reinterpret_cast<const std::int32_t*>(sd.data), 9, note_.display_matrix);
  }
}

void VideoDecoder::open() {
  source_.open_decoder(*context_, stream_.index, "");
}

std::int64_t VideoDecoder::duration_us(const AVPacket* packet) const {
  if (packet != nullptr && packet->duration != 0)
    return av_rescale_q(packet->duration, stream_.time_base, kMicroseconds);
  return guessed_duration_us(stream_, context_->framerate, media::ticks_per_frame(*context_));
}

void VideoDecoder::crop(AVFrame& frame) const {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const auto width = static_cast<std::uint32_t>(frame.width);
  const auto height = static_cast<std::uint32_t>(frame.height);
  if (desc == nullptr || crop_.left >= width || crop_.right >= width - crop_.left ||
      crop_.top >= height || crop_.bottom >= height - crop_.top)
    return;
  // To whole chroma samples, as the crop filter does that ffmpeg puts here.
  const std::uint32_t x_mask = ~((1U << desc->log2_chroma_w) - 1);
  const std::uint32_t y_mask = ~((1U << desc->log2_chroma_h) - 1);
  const std::uint32_t kept_width = (width - crop_.left - crop_.right) & x_mask;
  const std::uint32_t kept_height = (height - crop_.top - crop_.bottom) & y_mask;
  frame.crop_left = crop_.left & x_mask;
  frame.crop_top = crop_.top & y_mask;
  frame.crop_right = width - kept_width - frame.crop_left;
  frame.crop_bottom = height - kept_height - frame.crop_top;
  (void)av_frame_apply_cropping(&frame, AV_FRAME_CROP_UNALIGNED);
}

void VideoDecoder::date(AVFrame& frame, bool draining, StreamClock& clock) {
  std::int64_t best = frame.best_effort_timestamp;
  if (source_.forced_rate().num != 0) best = next_number_++;
  if (draining && best == AV_NOPTS_VALUE && !drain_dts_.empty()) {
    best = drain_dts_.front();
    drain_dts_.pop_front();
  }
  if (best == AV_NOPTS_VALUE) return;
  frame.pts = best;
  clock.pts = clock.next_pts = av_rescale_q(best, stream_.time_base, kMicroseconds);
}

int VideoDecoder::send(const AVPacket* packet, std::int64_t dts) {
  av_packet_unref(sent_.get());
  if (packet != nullptr) {
    if (const int code = av_packet_ref(sent_.get(), packet); code < 0) return code;
    if (dates_itself())
      dates_.prepare(*sent_);
    else
      sent_->dts = dts;
  }
  const int code = avcodec_send_packet(context_.get(), packet != nullptr ? sent_.get() : nullptr);
  return code == AVERROR_EOF ? 0 : code;  // draining already
}

void VideoDecoder::describe(AVFrame& frame, bool draining, StreamClock& clock,
                            std::int64_t packet_us) {
  if (dates_itself())
    dates_.date(frame, *context_);
  else
    date(frame, draining, clock);
  const std::int64_t lasts = media::frame_duration(frame);
  clock.next_pts += lasts > 0 ? av_rescale_q(lasts, stream_.time_base, kMicroseconds) : packet_us;
  if (stream_.sample_aspect_ratio.num != 0) frame.sample_aspect_ratio = stream_.sample_aspect_ratio;
  if (crop_.top + crop_.bottom + crop_.left + crop_.right > 0) crop(frame);
  if (options_.top_first) media::set_top_field_first(frame, *options_.top_first);
  note_.end_time_us = dates_itself() ? dates_.end_us() : clock.next_pts;
  note_.frame_rate = source_.forced_rate().num != 0
                         ? source_.forced_rate()
                         : av_guess_frame_rate(&source_.format(), &stream_, nullptr);
  note_.packets_read = source_.packets_read();
  note_.bits_per_raw_sample = context_->bits_per_raw_sample;
}

bool VideoDecoder::step(const AVPacket* packet, const Output& output) {
  StreamClock& clock = source_.timeline().clock(stream_.index);
  source_.timeline().begin_packet(packet, stream_.index, context_->has_b_frames);
  if (packet != nullptr) ++counts_.packets;

  for (bool first = true;; first = false) {
    clock.pts = clock.next_pts;
    clock.dts = clock.next_dts;
    const std::int64_t dts = clock.dts == AV_NOPTS_VALUE
                                 ? AV_NOPTS_VALUE
                                 : av_rescale_q(clock.dts, kMicroseconds, stream_.time_base);
    if (packet == nullptr) drain_dts_.push_back(dts);
    const bool sends = first && (packet == nullptr || packet->size > 0);
    int code = sends ? send(packet, dts) : 0;
    bool got = false;
    if (code >= 0 && (sends || !first)) {
      code = avcodec_receive_frame(context_.get(), frame_.get());
      got = code >= 0;
    }
    if (stream_.codecpar->video_delay < context_->has_b_frames &&
        context_->codec_id == AV_CODEC_ID_H264)
      stream_.codecpar->video_delay = context_->has_b_frames;
    if (code == AVERROR_EOF) return false;
    if (code < 0 && code != AVERROR(EAGAIN)) {
      ++counts_.errors;
      last_error_ = media::error_text(code);
    }

    const bool passes_time = first || packet == nullptr || got;
    const std::int64_t packet_us = passes_time ? duration_us(packet) : 0;
    if (passes_time && clock.dts != AV_NOPTS_VALUE && packet_us != 0)
      clock.next_dts += packet_us;
    else if (passes_time)
      clock.next_dts = AV_NOPTS_VALUE;
    if (!got) return true;

    ++counts_.frames;
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0)
      ++counts_.errors;
    describe(*frame_, packet == nullptr, clock, packet_us);
    output(*frame_, note_);
    av_frame_unref(frame_.get());
    // One frame a call while draining, as the dates of the next come from a fresh start.
    if (packet == nullptr) return true;
  }
}

void VideoDecoder::drain(const Output& output) {
  while (step(nullptr, output)) {
  }
}

}  // namespace latham::decoder
