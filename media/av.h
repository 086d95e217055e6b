// SPDX-License-Identifier: MIT
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

/// FFmpeg's types with owners, and all that differs between the versions we build with: 5.1 to 8.
namespace latham::media {

// ---- owners --------------------------------------------------------------------------------------

struct FreeFrame {
  void operator()(AVFrame* p) const noexcept { av_frame_free(&p); }
};
struct FreePacket {
  void operator()(AVPacket* p) const noexcept { av_packet_free(&p); }
};
struct FreeCodecContext {
  void operator()(AVCodecContext* p) const noexcept { avcodec_free_context(&p); }
};
struct FreeGraph {
  void operator()(AVFilterGraph* p) const noexcept { avfilter_graph_free(&p); }
};
struct FreeParameters {
  void operator()(AVCodecParameters* p) const noexcept { avcodec_parameters_free(&p); }
};
using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;
using CodecContext = std::unique_ptr<AVCodecContext, FreeCodecContext>;
using Graph = std::unique_ptr<AVFilterGraph, FreeGraph>;
using CodecParameters = std::unique_ptr<AVCodecParameters, FreeParameters>;

/// FFmpeg's allocators return null when memory is short.
template <class T>
T* checked(T* p) {
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
inline Frame make_frame() {
  return Frame(checked(av_frame_alloc()));
}
inline Packet make_packet() {
  return Packet(checked(av_packet_alloc()));
}

/// An AVDictionary that frees itself; pass `&dict.raw` to FFmpeg.
struct Dictionary {
  AVDictionary* raw = nullptr;
  Dictionary() = default;
  Dictionary(Dictionary&& other) noexcept : raw(other.raw) { other.raw = nullptr; }
  Dictionary& operator=(Dictionary&& other) noexcept {
    std::swap(raw, other.raw);
    return *this;
  }
  ~Dictionary() { av_dict_free(&raw); }
  void set(const std::string& key, const std::string& value) {
    av_dict_set(&raw, key.c_str(), value.c_str(), 0);
  }
};

/// All that a frame carries beside its pixels, instead of what `to` had: av_frame_copy_props() only adds.
inline void replace_props(AVFrame& to, const AVFrame& from) {
  while (to.nb_side_data > 0) av_frame_remove_side_data(&to, to.side_data[0]->type);
  av_dict_free(&to.metadata);
  if (av_frame_copy_props(&to, &from) < 0) throw std::bad_alloc();
}

/// FFmpeg's words for an error code.
inline std::string error_text(int code) {
  char buffer[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, buffer, sizeof(buffer));
  return buffer;
}

// ---- versions ------------------------------------------------------------------------------------

/// From 7 on the ffmpeg command dates frames by themselves and counts how long each lasts, up to the
/// packet, where it went by the clocks of its inputs and by frame rates before. We do as the command of
/// the libraries that we are built with.
inline constexpr bool kFramesCarryDuration = LIBAVCODEC_VERSION_MAJOR >= 61;
#ifdef AV_CODEC_FLAG_FRAME_DURATION
inline constexpr int kFrameDurationFlag = kFramesCarryDuration ? AV_CODEC_FLAG_FRAME_DURATION : 0;
#else
inline constexpr int kFrameDurationFlag = 0;
#endif

/// Duration of a decoded frame in its stream's time base.
inline std::int64_t frame_duration(const AVFrame& f) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return f.duration;
#else
  return f.pkt_duration;
#endif
}
inline void set_frame_duration(AVFrame& f, std::int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  f.duration = duration;
#else
  f.pkt_duration = duration;
#endif
}

/// Of the packet that a frame was decoded from; not known (-1 and 0) from 6 on.
inline std::int64_t packet_position(const AVFrame& f) {
#if LIBAVUTIL_VERSION_MAJOR < 58
  return f.pkt_pos;
#else
  (void)f;
  return -1;
#endif
}
inline int packet_bytes(const AVFrame& f) {
#if LIBAVUTIL_VERSION_MAJOR < 58
  return f.pkt_size;
#else
  (void)f;
  return 0;
#endif
}
inline void set_packet_place(AVFrame& f, std::int64_t position, int bytes) {
#if LIBAVUTIL_VERSION_MAJOR < 58
  f.pkt_pos = position;
  f.pkt_size = bytes;
#else
  (void)f;
  (void)position;
  (void)bytes;
#endif
}

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
inline bool is_key(const AVFrame& f) {
  return (f.flags & AV_FRAME_FLAG_KEY) != 0;
}
inline bool is_interlaced(const AVFrame& f) {
  return (f.flags & AV_FRAME_FLAG_INTERLACED) != 0;
}
inline bool is_top_field_first(const AVFrame& f) {
  return (f.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
}
inline void set_top_field_first(AVFrame& f, bool top_first) {
  f.flags = top_first ? f.flags | AV_FRAME_FLAG_TOP_FIELD_FIRST
                      : f.flags & ~AV_FRAME_FLAG_TOP_FIELD_FIRST;
}
inline void set_scan(AVFrame& f, bool key, bool interlaced, bool top_first) {
  f.flags &= ~(AV_FRAME_FLAG_KEY | AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
  f.flags |= (key ? AV_FRAME_FLAG_KEY : 0) | (interlaced ? AV_FRAME_FLAG_INTERLACED : 0) |
             (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
}
#else
inline bool is_key(const AVFrame& f) {
  return f.key_frame != 0;
}
inline bool is_interlaced(const AVFrame& f) {
  return f.interlaced_frame != 0;
}
inline bool is_top_field_first(const AVFrame& f) {
  return f.top_field_first != 0;
}
inline void set_top_field_first(AVFrame& f, bool top_first) {
  f.top_field_first = top_first ? 1 : 0;
}
inline void set_scan(AVFrame& f, bool key, bool interlaced, bool top_first) {
  f.key_frame = key ? 1 : 0;
  f.interlaced_frame = interlaced ? 1 : 0;
  f.top_field_first = top_first ? 1 : 0;
}
#endif

/// FFmpeg's name of a channel layout, which it also reads.
inline std::string layout_name(const AVChannelLayout& layout) {
  char name[256] = {};
  av_channel_layout_describe(&layout, name, sizeof(name));
  return name;
}

/// Side data of a whole stream.
struct SideDataView {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  int type = 0;
};
inline int stream_side_data_count(const AVStream& st) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  return st.codecpar->nb_coded_side_data;
#else
  return st.nb_side_data;
#endif
}
inline SideDataView stream_side_data(const AVStream& st, int i) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData& sd = st.codecpar->coded_side_data[i];
#else
  const AVPacketSideData& sd = st.side_data[i];
#endif
  return {sd.data, sd.size, sd.type};
}
/// What a container wants cut off from its pictures, in pixels.
struct Cropping {
  std::uint32_t top = 0;
  std::uint32_t bottom = 0;
  std::uint32_t left = 0;
  std::uint32_t right = 0;
};
/// FFmpeg before 7.1 does not tell of it: none then.
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
inline bool is_cropping(int side_data_type) {
  return side_data_type == AV_PKT_DATA_FRAME_CROPPING;
}
#else
inline bool is_cropping(int /*side_data_type*/) {
  return false;
}
#endif
inline Cropping container_cropping(const AVStream& st) {
  Cropping cut;
  for (int i = 0; i < stream_side_data_count(st); ++i) {
    const SideDataView sd = stream_side_data(st, i);
    if (!is_cropping(sd.type) || sd.size < 4 * sizeof(std::uint32_t)) continue;
    const auto word = [&](int at) { return AV_RL32(sd.data + 4 * at); };
    cut = {word(0), word(1), word(2), word(3)};
  }
  return cut;
}

/// Room for side data of a stream that is being written, or null.
inline std::uint8_t* new_stream_side_data(AVStream& st, int type, std::size_t size) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  AVPacketSideData* sd =
      av_packet_side_data_new(&st.codecpar->coded_side_data, &st.codecpar->nb_coded_side_data,
                              static_cast<AVPacketSideDataType>(type), size, 0);
  return sd == nullptr ? nullptr : sd->data;
#else
  return av_stream_new_side_data(&st, static_cast<AVPacketSideDataType>(type), size);
#endif
}

/// The time base that FFmpeg gives a copied stream in a container; where it does not say any more, the stream's.
inline AVRational copied_time_base(const AVOutputFormat& to, AVStream& copy, const AVStream& st) {
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(61, 9, 100)
  if (avformat_transfer_internal_stream_timing_info(&to, &copy, &st, AVFMT_TBCF_AUTO) >= 0)
    return av_add_q(av_stream_get_codec_timebase(&copy), {0, 1});
#endif
  return st.time_base;
}

/// From 7.0 on the encoders of HDR formats write the static metadata that they find at open.
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 3, 100)
inline constexpr bool kEncodersTakeStaticHdr = true;
/// What `frame` says of its whole stream, for the encoder to find when it is opened.
inline void hand_over_global_side_data(AVCodecContext& encoder, const AVFrame& frame) {
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVSideDataDescriptor* desc = av_frame_side_data_desc(frame.side_data[i]->type);
    if (desc == nullptr || (desc->props & AV_SIDE_DATA_PROP_GLOBAL) == 0) continue;
    if (av_frame_side_data_clone(&encoder.decoded_side_data, &encoder.nb_decoded_side_data,
                                 frame.side_data[i], AV_FRAME_SIDE_DATA_FLAG_UNIQUE) < 0)
      throw std::bad_alloc();
  }
}
#else
inline constexpr bool kEncodersTakeStaticHdr = false;
inline void hand_over_global_side_data(AVCodecContext& /*encoder*/, const AVFrame& /*frame*/) {}
#endif

/// What a muxer hands to the function that writes.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WriteData = const std::uint8_t*;
#else
using WriteData = std::uint8_t*;
#endif

/// What an encoder has found out for its container; its parameters bring it from 6.1 on.
inline void add_coded_side_data(AVStream& st, const AVCodecContext& encoder) {
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
  for (int i = 0; i < encoder.nb_coded_side_data; ++i) {
    const AVPacketSideData& sd = encoder.coded_side_data[i];
    std::copy_n(sd.data, sd.size, checked(new_stream_side_data(st, sd.type, sd.size)));
  }
#else
  (void)st;
  (void)encoder;
#endif
}

/// Ticks of a codec's rate for each frame: 2 where it counts fields.
inline int ticks_per_frame(const AVCodecContext& codec) {
#if LIBAVCODEC_VERSION_MAJOR < 60
  return std::max(codec.ticks_per_frame, 1);
#else
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec.codec_id);
  return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_FIELDS) != 0 ? 2 : 1;
#endif
}

/// Without it calls go through the main thread and freed buffers stay pinned; from 6 on it is so.
inline void allow_callbacks_on_threads(AVCodecContext& codec) {
#if LIBAVCODEC_VERSION_MAJOR < 60
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  codec.thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#else
  (void)codec;
#endif
}

/// A graph's source must be told matrix and range of its frames.
inline constexpr bool kFilterSourcesTakeColours =
    LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100);

/// The pixel formats that an encoder takes, ended by AV_PIX_FMT_NONE; null where it takes any.
inline const AVPixelFormat* encoder_pixel_formats(const AVCodec& codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* formats = nullptr;
  if (avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_PIX_FORMAT, 0, &formats,
                                   nullptr) < 0)
    return nullptr;
  return static_cast<const AVPixelFormat*>(formats);
#else
  return codec.pix_fmts;
#endif
}

/// What an encoder takes of colours, in the format filter's spelling ("color_ranges=tv"); empty for
/// anything. Before 7.1 FFmpeg's encoders and filters do not say, and pixel formats stand for ranges.
inline std::string encoder_colours(const AVCodec& codec) {
  std::string text;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* list = nullptr;
  const auto add = [&](const char* key, const char* name) {
    if (name == nullptr) return;
    text += text.find(key) == std::string::npos ? (text.empty() ? "" : ":") + std::string(key) + "="
                                                : std::string("|");
    text += name;
  };
  avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_COLOR_SPACE, 0, &list, nullptr);
  for (const auto* s = static_cast<const AVColorSpace*>(list);
       s != nullptr && *s != AVCOL_SPC_UNSPECIFIED; ++s)
    add("color_spaces", av_color_space_name(*s));
  list = nullptr;
  avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_COLOR_RANGE, 0, &list, nullptr);
  for (const auto* r = static_cast<const AVColorRange*>(list);
       r != nullptr && *r != AVCOL_RANGE_UNSPECIFIED; ++r)
    add("color_ranges", av_color_range_name(*r));
#else
  (void)codec;
#endif
  return text;
}

inline const AVRational* encoder_frame_rates(const AVCodec& codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* rates = nullptr;
  if (avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_FRAME_RATE, 0, &rates,
                                   nullptr) < 0)
    return nullptr;
  return static_cast<const AVRational*>(rates);
#else
  return codec.supported_framerates;
#endif
}

/// What an audio encoder takes, each list ended as FFmpeg ends it; null where it takes anything.
struct AudioChoices {
  const AVSampleFormat* formats = nullptr;
  const int* rates = nullptr;
  const AVChannelLayout* layouts = nullptr;
};
inline AudioChoices encoder_audio_choices(const AVCodec& codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
  const void* list[3] = {};
  avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_SAMPLE_FORMAT, 0, &list[0],
                               nullptr);
  avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_SAMPLE_RATE, 0, &list[1], nullptr);
  avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_CHANNEL_LAYOUT, 0, &list[2],
                               nullptr);
  return {static_cast<const AVSampleFormat*>(list[0]), static_cast<const int*>(list[1]),
          static_cast<const AVChannelLayout*>(list[2])};
#else
  return {codec.sample_fmts, codec.supported_samplerates, codec.ch_layouts};
#endif
}

}  // namespace latham::media
