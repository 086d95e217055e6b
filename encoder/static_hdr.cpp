// SPDX-License-Identifier: MIT
#include "encoder/static_hdr.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

/// Where an encoder library takes the metadata: `options` is FFmpeg's option that carries the library's
/// own, "name=value" joined by ':'.
struct Encoder {
  std::string_view codec;
  const char* options;
  std::string_view display_name;
  std::string_view light_name;
  /// The unit of chromaticities and of luminances; 0: written as decimal fractions.
  int chroma_unit;
  int luminance_unit;
};
// x264 and x265 write the numbers into the SEI message as they are; SVT-AV1 scales them.
constexpr std::array kEncoders = {
    Encoder{"libx264", "x264-params", "mastering-display", "cll", 50'000, 10'000},
    Encoder{"libx265", "x265-params", "master-display", "max-cll", 50'000, 10'000},
    Encoder{"libsvtav1", "svtav1-params", "mastering-display", "content-light", 0, 0},
};

template <class T>
std::optional<T> from_bytes(const void* data, std::size_t size) {
  if (size < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, data, sizeof(T));
  return value;
}

template <class T>
std::optional<T> of_frame(const AVFrame& frame, AVFrameSideDataType type) {
  const AVFrameSideData* sd = av_frame_get_side_data(&frame, type);
  return sd == nullptr ? std::nullopt : from_bytes<T>(sd->data, sd->size);
}

template <class T>
std::optional<T> of_stream(const media::StreamEntry& source, AVPacketSideDataType type) {
  for (const auto& sd : source.side_data)
    if (sd.type == type) return from_bytes<T>(sd.bytes.data(), sd.bytes.size());
  return std::nullopt;
}

bool may_be_hdr(AVColorTransferCharacteristic transfer) {
  return transfer == AVCOL_TRC_UNSPECIFIED || transfer == AVCOL_TRC_SMPTE2084 ||
         transfer == AVCOL_TRC_ARIB_STD_B67;
}

bool is_valid(AVRational q) {
  return q.num >= 0 && q.den > 0;
}

/// Its numbers can be scaled; they come from files.
bool is_valid(const AVMasteringDisplayMetadata& d) {
  for (const auto& primary : d.display_primaries)
    if (!is_valid(primary[0]) || !is_valid(primary[1])) return false;
  return is_valid(d.white_point[0]) && is_valid(d.white_point[1]) && is_valid(d.min_luminance) &&
         is_valid(d.max_luminance);
}

std::string scaled(AVRational q, int unit) {
  return unit == 0 ? fmt::format("{:.10g}", av_q2d(q))
                   : fmt::format("{}", av_rescale(q.num, unit, q.den));
}

std::string point(const AVRational* xy, int unit) {
  return fmt::format("({},{})", scaled(xy[0], unit), scaled(xy[1], unit));
}

/// Primaries are R, G, B in FFmpeg and are named here; luminance is the greatest, then the least.
std::string display_value(const AVMasteringDisplayMetadata& d, const Encoder& e) {
  const int unit = e.chroma_unit;
  return fmt::format("G{}B{}R{}WP{}L({},{})", point(d.display_primaries[1], unit),
                     point(d.display_primaries[2], unit), point(d.display_primaries[0], unit),
                     point(d.white_point, unit), scaled(d.max_luminance, e.luminance_unit),
                     scaled(d.min_luminance, e.luminance_unit));
}

bool names(std::string_view options, std::string_view name) {
  for (std::size_t at = options.find(name); at != std::string_view::npos;
       at = options.find(name, at + 1)) {
    const bool begins = at == 0 || options[at - 1] == ':';
    const std::size_t end = at + name.size();
    if (begins && (end == options.size() || options[end] == '=' || options[end] == ':'))
      return true;
  }
  return false;
}

}  // namespace

StaticHdr static_hdr(const AVFrame& first, const media::StreamEntry& source) {
  StaticHdr hdr;
  if (!may_be_hdr(first.color_trc)) return hdr;
  hdr.display =
      of_frame<AVMasteringDisplayMetadata>(first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (!hdr.display)
    hdr.display =
        of_stream<AVMasteringDisplayMetadata>(source, AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
  if (hdr.display && !is_valid(*hdr.display)) hdr.display.reset();
  hdr.light = of_frame<AVContentLightMetadata>(first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (!hdr.light)
    hdr.light = of_stream<AVContentLightMetadata>(source, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
  return hdr;
}

void hand_to_encoder(const StaticHdr& hdr, const AVCodec& codec, media::Dictionary& options) {
  if (media::kEncodersTakeStaticHdr) return;
  for (const Encoder& e : kEncoders) {
    if (e.codec != codec.name) continue;
    const AVDictionaryEntry* given = av_dict_get(options.raw, e.options, nullptr, 0);
    std::string all = given == nullptr ? "" : given->value;
    const auto add = [&](std::string_view name, const std::string& value) {
      if (!names(all, name)) all += fmt::format("{}{}={}", all.empty() ? "" : ":", name, value);
    };
    if (hdr.display && hdr.display->has_primaries != 0 && hdr.display->has_luminance != 0)
      add(e.display_name, display_value(*hdr.display, e));
    if (hdr.light) add(e.light_name, fmt::format("{},{}", hdr.light->MaxCLL, hdr.light->MaxFALL));
    if (!all.empty()) options.set(e.options, all);
  }
}

void hand_to_container(const StaticHdr& hdr, AVStream& stream) {
  const auto add = [&](AVPacketSideDataType type, const auto& value) {
    for (int i = 0; value && i < media::stream_side_data_count(stream); ++i)
      if (media::stream_side_data(stream, i).type == type) return;
    if (value)
      std::memcpy(media::checked(media::new_stream_side_data(stream, type, sizeof(*value))),
                  &*value, sizeof(*value));
  };
  add(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, hdr.display);
  add(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, hdr.light);
}

}  // namespace latham::encoder
