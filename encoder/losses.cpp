// SPDX-License-Identifier: MIT
#include "encoder/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

extern "C" {
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

/// One kind of thing that travels with frames. The lists are names in '|'.
struct Kind {
  AVFrameSideDataType type;
  std::string_view name;
  std::string_view encoders;        ///< That write it into the stream.
  std::string_view encoder_option;  ///< Encoders that write it are known by this option of theirs.
  std::string_view containers;  ///< That write it for the whole stream, whatever the encoder does.
  std::string_view needs_containers;  ///< Where the encoder gives it beside its packets.
  std::string_view advice;
};

constexpr std::string_view kHdrEncoders = "|libx264|libx265|libsvtav1|";
constexpr std::string_view kHdrContainers =
    "|mp4|mov|ipod|3gp|3g2|psp|f4v|ismv|avif|matroska|webm|";

constexpr Kind kKinds[] = {
    {AV_FRAME_DATA_A53_CC, "closed captions", "", "a53cc", "", "", "libx264 and mpeg2video do"},
    {AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, "HDR10 mastering display metadata", kHdrEncoders, "",
     kHdrContainers, "", "libx265 and Matroska or MP4 do"},
    {AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, "HDR10 content light levels", kHdrEncoders, "",
     kHdrContainers, "", "libx265 and Matroska or MP4 do"},
    {AV_FRAME_DATA_DYNAMIC_HDR_PLUS, "HDR10+ metadata", "|libvpx-vp9|", "", "", "|matroska|webm|",
     "libvpx-vp9 in Matroska or WebM does"},
    {AV_FRAME_DATA_DYNAMIC_HDR_VIVID, "HDR Vivid metadata", "", "", "", "", ""},
    {AV_FRAME_DATA_DOVI_METADATA, "Dolby Vision metadata", "", "dolbyvision", "", "",
     "-c:v copy keeps it"},
    {AV_FRAME_DATA_DOVI_RPU_BUFFER, "Dolby Vision metadata", "", "dolbyvision", "", "",
     "-c:v copy keeps it"},
    {AV_FRAME_DATA_FILM_GRAIN_PARAMS, "film grain parameters", "", "", "", "",
     "without -export_side_data film_grain the grain is in the picture"},
    {AV_FRAME_DATA_S12M_TIMECODE, "timecodes of the frames", "", "s12m_tc", "", "",
     "-timecode sets the first one in MOV, MP4 and MXF"},
    {AV_FRAME_DATA_GOP_TIMECODE, "timecodes of the frames", "", "", "", "",
     "-timecode sets the first one in MOV, MP4 and MXF"},
    {AV_FRAME_DATA_AFD, "active format description", "", "", "", "", ""},
    {AV_FRAME_DATA_ICC_PROFILE, "ICC colour profile", "|png|apng|mjpeg|libjxl|", "", "", "",
     "png and mjpeg do"},
    {AV_FRAME_DATA_REGIONS_OF_INTEREST, "regions of interest",
     "|libx264|libx264rgb|libx265|libvpx|libvpx-vp9|", "", "", "", "libx264 and libx265 do"},
};

bool lists(std::string_view list, std::string_view name) {
  for (std::size_t at = list.find(name); at != std::string_view::npos; at = list.find(name, at + 1))
    if (at > 0 && list[at - 1] == '|' && list.substr(at + name.size()).starts_with('|'))
      return true;
  return false;
}

bool has_option(const AVCodec& codec, std::string_view name) {
  const AVClass* cls = codec.priv_class;
  return !name.empty() && cls != nullptr &&
         av_opt_find(&cls, std::string(name).c_str(), nullptr, AV_OPT_FLAG_ENCODING_PARAM,
                     AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

}  // namespace

std::vector<std::string> Losses::of(const AVFrame& frame) {
  std::vector<std::string> losses;
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const auto type = static_cast<std::size_t>(frame.side_data[i]->type);
    if (type >= seen_.size() || seen_[type]) continue;
    seen_.set(type);
    if (std::string loss = judge(frame.side_data[i]->type); !loss.empty())
      losses.push_back(std::move(loss));
  }
  return losses;
}

std::string Losses::judge(AVFrameSideDataType type) {
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& k) { return k.type == type; });
  if (kind == std::end(kKinds)) return {};
  // What hardware encoders write is up to their drivers, and the wrapped frame keeps everything.
  const bool hardware = (codec_.capabilities & AV_CODEC_CAP_HARDWARE) != 0;
  if (hardware || codec_.id == AV_CODEC_ID_WRAPPED_AVFRAME) return {};
  const bool encoded =
      (lists(kind->encoders, codec_.name) || has_option(codec_, kind->encoder_option)) &&
      (kind->needs_containers.empty() || lists(kind->needs_containers, container_.name));
  if (encoded || lists(kind->containers, container_.name)) return {};
  const std::string name(kind->name);
  if (std::find(named_.begin(), named_.end(), name) != named_.end()) return {};
  named_.push_back(name);
  return fmt::format("lost on the way: {}; '{}' in '{}' does not take them{}{}", name, codec_.name,
                     container_.name, kind->advice.empty() ? "" : "; ", kind->advice);
}

}  // namespace latham::encoder
