// SPDX-License-Identifier: MIT
#include "encoder/stream_parameters.h"

#include <cstdint>
#include <cstring>
#include <new>

extern "C" {
#include <libavutil/display.h>
}

namespace latham::encoder {

void copy_parameters(const AVFormatContext& output, const PlannedStream& planned) {
  AVStream& st = *planned.stream;
  const media::StreamEntry& source = *planned.source;
  AVCodecParameters& par = *st.codecpar;
  if (avcodec_parameters_copy(&par, source.parameters.get()) < 0) throw std::bad_alloc();
  // A tag of another container family is dropped; the muxer finds its own.
  unsigned int tag = 0;
  const AVCodecTag* const* tags = output.oformat->codec_tag;
  if (tags != nullptr && av_codec_get_id(tags, par.codec_tag) != par.codec_id &&
      av_codec_get_tag2(tags, par.codec_id, &tag) != 0)
    par.codec_tag = 0;
  if (planned.tag != 0) par.codec_tag = planned.tag;
  for (const auto& sd : source.side_data)
    if (std::uint8_t* data = media::new_stream_side_data(st, sd.type, sd.bytes.size()))
      std::memcpy(data, sd.bytes.data(), sd.bytes.size());
  if (planned.rotation) {
    constexpr std::size_t kMatrixBytes = 9 * sizeof(std::int32_t);
    std::uint8_t* data = media::new_stream_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, kMatrixBytes);
    if (data == nullptr) throw std::bad_alloc();
    av_display_rotation_set(reinterpret_cast<std::int32_t*>(data), -*planned.rotation);
  }
  const AVRational rate = planned.rate.num != 0 ? planned.rate : source.forced_frame_rate;
  st.time_base =
      rate.num != 0 ? av_inv_q(rate) : media::time_base_in(*output.oformat, source.copied_clock);
  st.avg_frame_rate = source.average_frame_rate;
  st.duration = av_rescale_q(source.duration, source.time_base, st.time_base);
  if (par.codec_type == AVMEDIA_TYPE_AUDIO) {
    const bool mp3 = par.codec_id == AV_CODEC_ID_MP3 &&
                     (par.block_align == 1 || par.block_align == 1152 || par.block_align == 576);
    if (mp3 || par.codec_id == AV_CODEC_ID_AC3) par.block_align = 0;
  }
  if (par.codec_type == AVMEDIA_TYPE_VIDEO) {
    if (source.sar.num != 0) par.sample_aspect_ratio = source.sar;
    if (planned.aspect.num != 0)
      par.sample_aspect_ratio = av_mul_q(planned.aspect, {par.height, par.width});
    st.sample_aspect_ratio = par.sample_aspect_ratio;
    st.r_frame_rate = source.real_frame_rate;
  }
}

void keep_side_data(const PlannedStream& planned, bool static_hdr) {
  const media::StreamEntry& source = *planned.source;
  AVStream& st = *planned.stream;
  for (const auto& sd : source.side_data) {
    if (sd.type == AV_PKT_DATA_CPB_PROPERTIES) continue;  // the encoder has its own
    // It announces messages within the packets, which no encoder here writes anew; ffmpeg keeps it.
    if (sd.type == AV_PKT_DATA_DOVI_CONF && static_hdr) continue;
    if (media::is_cropping(sd.type)) continue;  // the decoder has cut it off
    std::uint8_t* data = media::new_stream_side_data(st, sd.type, sd.bytes.size());
    if (data == nullptr) throw std::bad_alloc();
    std::memcpy(data, sd.bytes.data(), sd.bytes.size());
    // The picture was turned upright already.
    if (source.upright && sd.type == AV_PKT_DATA_DISPLAYMATRIX)
      av_display_rotation_set(reinterpret_cast<std::int32_t*>(data), 0);
  }
}

}  // namespace latham::encoder
