// SPDX-License-Identifier: MIT
#include "encoder/copied_stream.h"

#include <algorithm>
#include <new>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

}  // namespace

CopiedStream::CopiedStream(const PlannedStream& planned, const OutputTime& output,
                           const media::InputSpan& input)
    : planned_(planned),
      start_us_(output.window.start_or_zero()),
      gate_(output, input, planned.type()),
      rescale_last_(AV_NOPTS_VALUE) {}

CopiedStream::Admitted CopiedStream::admit(const media::CopiedPacket& copied,
                                           std::int64_t packets_read) {
  const AVRational from = planned_.source->time_base;
  const bool was_full = full();
  ++taken_;
  if (!gate_.admit(*copied.packet, from, copied.clock_us) || was_full) {
    ++refused_;
    return {};
  }
  Admitted own{media::make_packet(), copied.clock_us, packets_read};
  if (av_packet_ref(own.packet.get(), copied.packet.get()) < 0) throw std::bad_alloc();
  const AVPacket& packet = *own.packet;
  const std::int64_t shown = packet.pts != AV_NOPTS_VALUE ? packet.pts
                             : packet.dts != AV_NOPTS_VALUE
                                 ? packet.dts
                                 : av_rescale_q(own.clock_us, kMicroseconds, from);
  end_us_ =
      std::max(end_us_, av_rescale_q(shown + packet.duration, from, kMicroseconds) - start_us_);
  return own;
}

void CopiedStream::date(Admitted& admitted, std::int64_t read_before) {
  const AVRational from = planned_.source->time_base;
  if (base_.num == 0)
    base_ = admitted.packets_read < read_before ? from : planned_.stream->time_base;
  AVPacket& packet = *admitted.packet;
  const AVCodecParameters& par = *planned_.source->parameters;
  const std::int64_t start = av_rescale_q(start_us_, kMicroseconds, base_);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts = av_rescale_q(packet.pts, from, base_) - start;
  if (packet.dts == AV_NOPTS_VALUE) {
    packet.dts = av_rescale_q(admitted.clock_us, kMicroseconds, base_);
  } else if (par.codec_type == AVMEDIA_TYPE_AUDIO && par.sample_rate > 0) {
    // Through samples, so that rounding to a coarse container clock does not add up.
    int samples = av_get_audio_frame_duration2(planned_.source->parameters.get(), packet.size);
    if (samples == 0) samples = par.frame_size;
    packet.dts =
        av_rescale_delta(from, packet.dts, {1, par.sample_rate}, samples, &rescale_last_, base_);
    packet.pts = packet.dts - start;
  } else {
    packet.dts = av_rescale_q(packet.dts, from, base_);
  }
  packet.dts -= start;
  packet.duration = av_rescale_q(packet.duration, from, base_);
}

}  // namespace latham::encoder
