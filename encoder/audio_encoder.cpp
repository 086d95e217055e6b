// SPDX-License-Identifier: MIT
#include "encoder/audio_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "encoder/refusal.h"
#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

[[noreturn]] void fail(const PlannedStream& planned, const std::string& what, int code,
                       FailureKind kind = FailureKind::failed) {
  const std::string reason = media::last_log_line();
  throw StageFailure(
      kind, fmt::format("{} of audio stream {} as '{}': {}; try -c:a copy or another -c:a", what,
                        planned.source->index, planned.encoder->name,
                        reason.empty() ? media::error_text(code) : reason));
}

}  // namespace

AudioEncoder::AudioEncoder(PlannedStream& planned, const AudioOptions& options,
                           const media::TimeWindow& input, const media::TimeWindow& output,
                           Muxer& muxer)
    : planned_(planned),
      muxer_(muxer),
      codec_(planned.encoder),
      options_(std::move(planned.codec_options)),
      quality_(options.quality),
      window_(output),
      graph_({options.filter, accepted_sound(*codec_, options), input, output}),
      frame_(media::make_frame()),
      packet_(media::make_packet()) {}

void AudioEncoder::build(const AVFrame& frame) {
  graph_.build(frame);
  if (!context_) open();
  if ((codec_->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) == 0)
    av_buffersink_set_frame_size(&graph_.sink(), static_cast<unsigned>(context_->frame_size));
}

void AudioEncoder::open() {
  context_.reset(media::checked(avcodec_alloc_context3(codec_)));
  AVCodecContext& c = *context_;
  c.sample_fmt = static_cast<AVSampleFormat>(av_buffersink_get_format(&graph_.sink()));
  c.sample_rate = av_buffersink_get_sample_rate(&graph_.sink());
  if (av_buffersink_get_ch_layout(&graph_.sink(), &c.ch_layout) < 0) throw std::bad_alloc();
  c.time_base = {1, c.sample_rate};
  if (graph_.changes_no_samples())
    c.bits_per_raw_sample = std::min(planned_.source->parameters->bits_per_raw_sample,
                                     av_get_bytes_per_sample(c.sample_fmt) * 8);
  if (quality_ >= 0) {
    c.flags |= AV_CODEC_FLAG_QSCALE;
    c.global_quality = static_cast<int>(FF_QP2LAMBDA * quality_);
  }
  if (muxer_.wants_global_headers()) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  options_.set("threads", "auto");
  AVStream& st = *planned_.stream;
  (void)media::last_log_line();
  const int code = avcodec_open2(&c, codec_, &options_.raw);
  if (code < 0) fail(planned_, "open the encoder", code, kind_of_refusal(*codec_, code));
  if (avcodec_parameters_from_context(st.codecpar, &c) < 0) throw std::bad_alloc();
  muxer_.opened(planned_.index, c.time_base);
}

void AudioEncoder::encode(AVFrame& frame) {
  if (done_) return;
  if (!graph_.fits(frame)) {
    if (graph_.built()) pull();
    build(frame);
  }
  const int code = graph_.push(&frame);
  if (code < 0) fail(planned_, "filter the sound", code);
  pull();
}

void AudioEncoder::pull() {
  int code = 0;
  while (!done_ && (code = graph_.pull(*frame_)) >= 0) {
    if (frame_->pts == AV_NOPTS_VALUE)
      frame_->pts = next_pts_;
    else
      frame_->pts = av_rescale_q(frame_->pts, av_buffersink_get_time_base(&graph_.sink()),
                                 context_->time_base) -
                    av_rescale_q(window_.start_or_zero(), AV_TIME_BASE_Q, context_->time_base);
    const std::int64_t end = std::min(end_us_, window_.duration.value_or(INT64_MAX));
    done_ =
        end != INT64_MAX && av_compare_ts(next_pts_, context_->time_base, end, AV_TIME_BASE_Q) >= 0;
    if (done_) break;
    next_pts_ = frame_->pts + frame_->nb_samples;
    send(frame_.get());
    av_frame_unref(frame_.get());
  }
  if (code == AVERROR_EOF) done_ = true;
  if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
    fail(planned_, "filter the sound", code);
}

void AudioEncoder::send(AVFrame* frame) {
  int code = avcodec_send_frame(context_.get(), frame);
  while (code >= 0) {
    code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code < 0 || full()) continue;
    ++packets_;
    muxer_.write_encoded(planned_.index, *packet_, {0, 1});
  }
  done_ = done_ || full();
  if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) fail(planned_, "encode the sound", code);
}

std::int64_t AudioEncoder::time_us() const {
  return context_ ? av_rescale_q(next_pts_, context_->time_base, AV_TIME_BASE_Q) : 0;
}

void AudioEncoder::finish() {
  if (!graph_.built()) {
    media::Frame silence = media::make_frame();
    const AVCodecParameters& par = *planned_.source->parameters;
    silence->format = par.format;
    silence->sample_rate = par.sample_rate;
    if (par.format < 0 || par.sample_rate <= 0 ||
        av_channel_layout_copy(&silence->ch_layout, &par.ch_layout) < 0)
      fail(planned_, "find the format", AVERROR_INVALIDDATA);
    build(*silence);
  }
  if (!done_) {
    const int code = graph_.push(nullptr);
    if (code < 0) fail(planned_, "filter the sound", code);
    pull();
  }
  done_ = true;
  send(nullptr);
}

}  // namespace latham::encoder
