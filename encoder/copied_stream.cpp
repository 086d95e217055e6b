// SPDX-License-Identifier: MIT
#include "encoder/copied_stream.h"

#include <algorithm>
#include <array>
#include <new>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

/// In the order of ISO 14496-3, table 1.18.
constexpr std::array kAacRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                  22050, 16000, 12000, 11025, 8000,  7350};

/// Gives the packet an AudioSpecificConfig (ISO 14496-3, 1.6.2.1) made of what the demuxer found out, where it has
/// neither one nor the ADTS header from which FFmpeg would make one: such is the AAC of some old transport streams.
void describe_raw_aac(const AVCodecParameters& par, AVPacket& packet) {
  if (par.codec_id != AV_CODEC_ID_AAC || par.extradata_size > 0) return;
  const bool has_adts_header =
      packet.size >= 2 && packet.data[0] == 0xFF && (packet.data[1] & 0xF6) == 0xF0;
  const auto* const rate = std::find(kAacRates.begin(), kAacRates.end(), par.sample_rate);
  const int channels = par.ch_layout.nb_channels;
  if (has_adts_header || rate == kAacRates.end() || channels < 1 || channels > 6) return;
  const bool is_plain = par.profile >= FF_PROFILE_AAC_MAIN && par.profile <= FF_PROFILE_AAC_LTP;
  const auto object = static_cast<unsigned>(is_plain ? par.profile : FF_PROFILE_AAC_LOW) + 1;
  const auto index = static_cast<unsigned>(rate - kAacRates.begin());
  const unsigned config = object << 11 | index << 7 | static_cast<unsigned>(channels) << 3;
  std::uint8_t* const data = av_packet_new_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, 2);
  if (data == nullptr) throw std::bad_alloc();
  data[0] = static_cast<std::uint8_t>(config >> 8);
  data[1] = static_cast<std::uint8_t>(config & 0xFF);
}

}  // namespace

CopiedStream::CopiedStream(const PlannedStream& planned, const OutputTime& output,
                           const media::InputSpan& input, bool describes)
    : planned_(planned),
      describes_(describes),
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
  AVPacket& packet = *admitted.packet;
  const AVCodecParameters& par = *planned_.source->parameters;
  if (base_.num == 0) {
    base_ = admitted.packets_read < read_before ? from : planned_.stream->time_base;
    if (describes_) describe_raw_aac(par, packet);
  }
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
