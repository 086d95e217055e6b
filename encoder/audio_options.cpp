// SPDX-License-Identifier: MIT
#include "encoder/audio_options.h"

#include <fmt/format.h>

#include <utility>

#include "system/failure.h"
#include "system/number.h"

namespace latham::encoder {
namespace {

/// -ac names a count only: the first layout of that many channels that the codec takes, else the usual.
std::string layout_of(int channels, const AVChannelLayout* choices) {
  for (const AVChannelLayout* l = choices; l != nullptr && l->nb_channels != 0; ++l)
    if (l->nb_channels == channels) return media::layout_name(*l);
  AVChannelLayout usual{};
  av_channel_layout_default(&usual, channels);
  return media::layout_name(usual);
}

[[noreturn]] void refuse(const std::string& line) {
  throw StageFailure(FailureKind::usage, line);
}

template <class Number>
Number number(const char* option, const std::string& text, Number least) {
  const auto value = parse_number<Number>(text);
  if (!value || !(*value >= least))
    refuse(fmt::format("{} {}: must be a number, {} or more", option, text, least));
  return *value;
}

}  // namespace

AudioOptions audio_options(const StreamOptions& options, AVFormatContext& output,
                           AVStream& stream) {
  const auto find = [&](const char* name) { return options.find(name, output, stream); };
  AudioOptions o;
  o.filter = find("filter").value_or("anull");
  o.sample_format = find("sample_fmt").value_or("");
  if (!o.sample_format.empty() && av_get_sample_fmt(o.sample_format.c_str()) == AV_SAMPLE_FMT_NONE)
    refuse(fmt::format("-sample_fmt {}: unknown sample format; `ffmpeg -sample_fmts` lists them",
                       o.sample_format));
  o.layout = find("channel_layout").value_or("");
  if (!o.layout.empty()) {
    AVChannelLayout layout{};
    const int code = av_channel_layout_from_string(&layout, o.layout.c_str());
    av_channel_layout_uninit(&layout);
    if (code < 0)
      refuse(
          fmt::format("-channel_layout {}: unknown; try stereo, 5.1 or what `ffmpeg -layouts` "
                      "lists",
                      o.layout));
  }
  if (const auto rate = find("ar")) o.rate = number<int>("-ar", *rate, 1);
  if (const auto channels = find("ac")) o.channels = number<int>("-ac", *channels, 1);
  if (const auto quality = find("q")) o.quality = number<double>("-q:a", *quality, 0);
  return o;
}

std::string accepted_sound(const AVCodec& codec, const AudioOptions& options) {
  std::string args;
  const auto add = [&args](const char* name, const std::string& list) {
    if (!list.empty()) args += fmt::format("{}{}={}", args.empty() ? "" : ":", name, list);
  };
  const auto join = [](std::string& list, const std::string& one) {
    list += fmt::format("{}{}", list.empty() ? "" : "|", one);
  };
  const media::AudioChoices choices = media::encoder_audio_choices(codec);
  std::string list = options.sample_format;
  if (list.empty())
    for (const AVSampleFormat* f = choices.formats; f != nullptr && *f != AV_SAMPLE_FMT_NONE; ++f)
      join(list, av_get_sample_fmt_name(*f));
  add("sample_fmts", std::exchange(list, {}));
  if (options.rate != 0) list = std::to_string(options.rate);
  if (list.empty())
    for (const int* r = choices.rates; r != nullptr && *r != 0; ++r) join(list, std::to_string(*r));
  add("sample_rates", std::exchange(list, options.layout));
  if (list.empty() && options.channels != 0) list = layout_of(options.channels, choices.layouts);
  if (list.empty())
    for (const AVChannelLayout* l = choices.layouts; l != nullptr && l->nb_channels != 0; ++l)
      join(list, media::layout_name(*l));
  add("channel_layouts", list);
  return args;
}

}  // namespace latham::encoder
