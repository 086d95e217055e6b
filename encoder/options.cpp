// SPDX-License-Identifier: MIT
#include "encoder/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "media/filter_graph.h"
#include "stage/arguments.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/parseutils.h>
}

namespace latham::encoder {
namespace {

const AVOutputFormat* find_format(const std::string& format, const std::string& name) {
  // FFmpeg falls back on the name's ending where it does not know the format: only without -f.
  const AVOutputFormat* found = format.empty() ? av_guess_format(nullptr, name.c_str(), nullptr)
                                               : av_guess_format(format.c_str(), nullptr, nullptr);
  if (found != nullptr) return found;
  if (!format.empty())
    throw StageFailure(
        FailureKind::usage,
        fmt::format("-f {}: unknown output format; `ffmpeg -muxers` lists them", format));
  throw StageFailure(
      FailureKind::usage,
      fmt::format("output '{}': the name tells no format; give one with -f, such as -f matroska",
                  name));
}

const AVCodec* find_codec(const std::string& wanted, const AVOutputFormat& format,
                          const std::string& name) {
  if (wanted.empty()) {
    const AVCodecID id =
        av_guess_codec(&format, nullptr, name.c_str(), nullptr, AVMEDIA_TYPE_VIDEO);
    const AVCodec* codec = avcodec_find_encoder(id);
    if (codec == nullptr)
      throw StageFailure(
          FailureKind::usage,
          fmt::format("output '{}': format '{}' has no usual video codec here; give one with -c:v",
                      name, format.name));
    return codec;
  }
  if (wanted == "copy")
    throw StageFailure(
        FailureKind::usage,
        "-c:v copy: pictures are always encoded anew; use `ffmpeg -c copy` to rewrap");
  const AVCodec* codec = avcodec_find_encoder_by_name(wanted.c_str());
  if (codec == nullptr)
    if (const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(wanted.c_str()))
      codec = avcodec_find_encoder(descriptor->id);
  if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
    const std::string near = media::nearest_codec(wanted, AVMEDIA_TYPE_VIDEO, true);
    throw StageFailure(FailureKind::usage,
                       fmt::format("-c:v {}: unknown video encoder;{}", wanted,
                                   near.empty() ? " `ffmpeg -encoders` lists them" : near));
  }
  return codec;
}

/// `wanted` where `list` (names joined by '|', empty for any) has it, else ffmpeg's choice among them.
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

}  // namespace

Options::Target Options::target() const {
  if (name.find("://") != std::string::npos) return Target::self;
  if ((format->flags & AVFMT_NOFILE) == 0) return Target::file;
  return std::string_view(format->name) == "null" ? Target::none : Target::self;
}

std::string Options::accepted_formats() const {
  return pixel_format.empty() ? normal_formats() : pixel_format;
}

std::string Options::normal_formats() const {
  const bool lax = std::any_of(avoptions.begin(), avoptions.end(), [](const auto& o) {
    return o.first == "strict" && (o.second == "-1" || o.second == "-2" ||
                                   o.second == "unofficial" || o.second == "experimental");
  });
  // Limited-range JPEG is unofficial, and ffmpeg does not choose it by itself.
  if (std::string_view(codec->name) == "mjpeg" && !lax) return "yuvj420p|yuvj422p|yuvj444p";
  return media::accepted_formats(*codec);
}

Options read_options(int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv,
      {"f", "c:v", "r", "fps_mode", "pix_fmt", "s", "frames:v", "q:v", "q", "filtered", "loglevel",
       "threads", "aspect", "top", "force_key_frames", "pass", "passlogfile"},
      {"xerror", "no_hdr10"});
  if (args.names.size() != 1)
    throw StageFailure(FailureKind::usage,
                       fmt::format("expected one output name, got {}", args.names.size()));
  Options o;
  o.name = args.names.front();
  o.format = find_format(args.get("f"), o.name);
  o.codec = find_codec(args.get("c:v"), *o.format, o.name);
  o.fps_mode = args.get("fps_mode");
  o.filtered = args.get("filtered") == "1";
  o.static_hdr = !args.has("no_hdr10");
  o.stop_at_errors = args.has("xerror");
  o.most_frames = args.number("frames:v", INT64_MAX, 1);
  o.threads = args.get("threads");
  o.log_level = args.get("loglevel");
  for (const auto& [name, value] : args.avoptions) {
    const std::size_t colon = std::min(name.find(':'), name.size());
    (name.substr(colon) == ":a" ? o.audio_options : o.avoptions)
        .emplace_back(name.substr(0, colon), value);
  }
  if (args.has("r") && (av_parse_video_rate(&o.rate, args.get("r").c_str()) < 0))
    throw StageFailure(
        FailureKind::usage,
        fmt::format("-r {}: not a frame rate; try -r 25 or -r 30000/1001", args.get("r")));
  if (args.has("q:v") || args.has("q")) {
    const std::string text = args.get("q:v", args.get("q"));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), o.quality);
    if (error != std::errc() || end != text.data() + text.size() || o.quality < 0)
      throw StageFailure(FailureKind::usage,
                         fmt::format("-q:v {}: must be a number, 0 or more", text));
  }
  if (args.has("aspect") &&
      (av_parse_ratio(&o.aspect, args.get("aspect").c_str(), 255, 0, nullptr) < 0 ||
       o.aspect.num <= 0 || o.aspect.den <= 0))
    throw StageFailure(FailureKind::usage, fmt::format("-aspect {}: not a ratio; try -aspect 16:9",
                                                       args.get("aspect")));
  // ffmpeg's -1 leaves the order as it is.
  if (const std::int64_t top = args.number("top", -1, -1); top >= 0) o.top_first = top != 0;
  o.forced_keys = args.get("force_key_frames");
  o.passes = static_cast<int>(args.number("pass", 0, 0));
  if (o.passes > 3)
    throw StageFailure(FailureKind::usage, fmt::format("-pass {}: must be 1 or 2", o.passes));
  o.pass_prefix = args.get("passlogfile");
  o.pixel_format = args.get("pix_fmt");
  if (!o.pixel_format.empty()) {
    const AVPixelFormat wanted = av_get_pix_fmt(o.pixel_format.c_str());
    if (wanted == AV_PIX_FMT_NONE)
      throw StageFailure(
          FailureKind::usage,
          fmt::format("-pix_fmt {}: unknown pixel format; `ffmpeg -pix_fmts` lists them",
                      o.pixel_format));
    const AVPixelFormat chosen = nearest_format(o.normal_formats(), wanted);
    if (chosen != wanted) {
      o.remarks.push_back(
          fmt::format("-pix_fmt {}: '{}' does not take it; {} is the nearest that it does",
                      o.pixel_format, o.codec->name, av_get_pix_fmt_name(chosen)));
      o.pixel_format = av_get_pix_fmt_name(chosen);
    }
  }
  return o;
}

}  // namespace latham::encoder
