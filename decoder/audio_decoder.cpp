// SPDX-License-Identifier: MIT
#include "decoder/audio_decoder.h"

#include <fmt/format.h>

#include "system/failure.h"

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::decoder {
namespace {

constexpr const char* kHint = "; add -an or -c:a copy";

}  // namespace

AudioDecoder::AudioDecoder(Source& source, int stream)
    : stream_(source.stream(stream)),
      timeline_(source.timeline()),
      context_(source.make_decoder(stream, kHint)),
      frame_(media::make_frame()) {
  source.open_decoder(*context_, stream, kHint);
}

void AudioDecoder::date(const AVPacket* packet, StreamClock& clock) {
  const AVRational samples{1, context_->sample_rate};
  const std::int64_t lasts =
      std::int64_t{AV_TIME_BASE} * frame_->nb_samples / context_->sample_rate;
  clock.next_pts += lasts;
  clock.next_dts += lasts;
  clock.last_samples = frame_->nb_samples;
  clock.sample_rate = context_->sample_rate;

  AVRational base = stream_.time_base;
  if (frame_->pts == AV_NOPTS_VALUE && packet != nullptr) frame_->pts = packet->pts;
  if (frame_->pts == AV_NOPTS_VALUE) {
    frame_->pts = clock.dts;
    base = {1, AV_TIME_BASE};
  }
  if (packet != nullptr) {
    // A gap: rounding starts anew behind it.
    if (packet->duration != 0 && previous_pts_ != AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE &&
        packet->pts - previous_pts_ > packet->duration)
      rescale_last_ = AV_NOPTS_VALUE;
    previous_pts_ = packet->pts;
  }
  if (frame_->pts != AV_NOPTS_VALUE)
    frame_->pts =
        av_rescale_delta(base, frame_->pts, samples, frame_->nb_samples, &rescale_last_, samples);
}

bool AudioDecoder::step(const AVPacket* packet, const Output& output) {
  StreamClock& clock = timeline_.clock(stream_.index);
  timeline_.begin_packet(packet, stream_.index, 0);
  for (bool first = true;; first = false) {
    clock.pts = clock.next_pts;
    clock.dts = clock.next_dts;
    int code = 0;
    if (first) {
      code = avcodec_send_packet(context_.get(), packet);
      if (code == AVERROR_EOF) code = 0;  // draining already
    }
    if (code >= 0) code = avcodec_receive_frame(context_.get(), frame_.get());
    if (code == AVERROR_EOF) return false;
    if (code == AVERROR(EAGAIN)) return true;
    if (code < 0 || context_->sample_rate <= 0) {
      ++errors_;
      return true;
    }
    date(first ? packet : nullptr, clock);
    output(*frame_);
    av_frame_unref(frame_.get());
    if (packet == nullptr) return true;
  }
}

void AudioDecoder::drain(const Output& output) {
  while (step(nullptr, output)) {
  }
}

}  // namespace latham::decoder
