// SPDX-License-Identifier: MIT
#include "encoder/video_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <string_view>

#include "media/filter_graph.h"
#include "system/failure.h"
#include "system/number.h"

extern "C" {
#include <libavutil/parseutils.h>
}

namespace latham::encoder {
namespace {

[[noreturn]] void refuse(const std::string& line) {
  throw StageFailure(FailureKind::usage, line);
}

bool contains(const std::string& list, const std::string& name) {
  return ("|" + list + "|").find("|" + name + "|") != std::string::npos;
}

std::string accepted_by(const PlannedStream& planned) {
  // Limited-range JPEG is unofficial, and ffmpeg does not choose it by itself.
  if (std::string_view(planned.encoder->name) == "mjpeg") {
    const AVDictionaryEntry* strict = av_dict_get(planned.codec_options.raw, "strict", nullptr, 0);
    const std::string_view value = strict == nullptr ? "" : strict->value;
    if (value != "-1" && value != "-2" && value != "unofficial" && value != "experimental")
      return "yuvj420p|yuvj422p|yuvj444p";
  }
  return media::accepted_formats(*planned.encoder);
}

bool is_turned(const media::StreamEntry& source) {
  for (const auto& sd : source.side_data)
    if (source.upright && sd.type == AV_PKT_DATA_DISPLAYMATRIX &&
        sd.bytes.size() >= 9 * sizeof(std::int32_t))
      return !media::upright_filters(reinterpret_cast<const std::int32_t*>(sd.bytes.data()))
                  .empty();
  return false;
}

/// What -pix_fmt leaves of the formats that the encoder takes.
void choose_pixel_format(const std::string& name, VideoOptions& o) {
  const AVPixelFormat wanted = av_get_pix_fmt(name.c_str());
  if (wanted == AV_PIX_FMT_NONE)
    refuse(fmt::format("-pix_fmt {}: unknown pixel format; `ffmpeg -pix_fmts` lists them", name));
  const AVPixelFormat chosen = nearest_format(o.accepted_formats, wanted);
  o.accepted_formats = av_get_pix_fmt_name(chosen);
  if (chosen != wanted)
    o.remarks.push_back(
        fmt::format("-pix_fmt {}: '{}' does not take it; {} is the nearest that it does", name,
                    o.codec->name, o.accepted_formats));
}

/// A whole number from `least` to `most`, or nothing where the option was not given.
std::optional<int> number(const char* option, const std::optional<std::string>& text, int least,
                          int most) {
  if (!text) return std::nullopt;
  const auto value = parse_number<int>(*text);
  if (!value || *value < least || *value > most)
    refuse(fmt::format("-{} {}: must be a number from {} to {}", option, *text, least, most));
  return value;
}

}  // namespace

AVPixelFormat nearest_format(const std::string& list, AVPixelFormat wanted) {
  if (list.empty()) return wanted;
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(wanted);
  const int has_alpha = desc->nb_components % 2 == 0 ? 1 : 0;
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t bar = std::min(list.find('|', at), list.size());
    const AVPixelFormat one = av_get_pix_fmt(list.substr(at, bar - at).c_str());
    if (one == wanted) return wanted;
    best = av_find_best_pix_fmt_of_2(best, one, wanted, has_alpha, nullptr);
    at = bar + 1;
  }
  return best;
}

bool VideoOptions::needs_filter(const media::StreamEntry& source) const {
  if (filtered || !size.empty() || is_turned(source)) return true;
  // A format not known yet is in no list either: then the filter sees to it.
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(source.parameters->format));
  const std::string decoded = name == nullptr ? "" : name;
  return !accepted_formats.empty() && (decoded.empty() || !contains(accepted_formats, decoded));
}

VideoOptions video_options(const Options& options, OutputPlan& plan, const PlannedStream& planned) {
  const auto find = [&](const char* name) {
    return options.streams.find(name, plan.format(), *planned.stream);
  };
  VideoOptions o;
  o.format = options.format;
  o.codec = planned.encoder;
  o.static_hdr = options.static_hdr;
  o.most_frames = planned.most_packets;
  o.rate = planned.rate;
  if (const auto quality = find("q")) {
    const auto number = parse_number<decltype(o.quality)>(*quality);
    if (!number || !(*number >= 0))
      refuse(fmt::format("-q:v {}: must be a number, 0 or more", *quality));
    o.quality = *number;
  }
  if (const auto base = find("enc_time_base");
      base && (av_parse_ratio(&o.time_base, base->c_str(), INT_MAX, 0, nullptr) < 0 ||
               o.time_base.den <= 0))
    refuse(
        fmt::format("-enc_time_base {}: must be a fraction such as 1/90000, 0 for the frame "
                    "rate's, -1 for the input's",
                    *base));
  o.window = options.time.window;
  o.accepted_formats = accepted_by(planned);
  if (const auto name = find("pix_fmt")) choose_pixel_format(*name, o);
  o.aspect = planned.aspect;
  // ffmpeg's -1 leaves the order as it is.
  if (const int top = number("top", find("top"), -1, 1).value_or(-1); top >= 0)
    o.top_first = top != 0;
  o.forced_keys = find("force_key_frames").value_or("");
  o.passes = number("pass", find("pass"), 1, 3).value_or(0);
  o.pass_prefix = find("passlogfile").value_or("");
  o.size = find("s").value_or("");
  const std::string graph = find("filter").value_or("");
  o.filtered = !graph.empty() && graph != "null";
  if (o.filtered) o.filter = options.streams.which("filter", plan.format(), *planned.stream);
  return o;
}

}  // namespace latham::encoder
