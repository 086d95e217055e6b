// SPDX-License-Identifier: MIT
#include "encoder/stream_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "encoder/container.h"
#include "media/input_context.h"
#include "system/failure.h"

namespace latham::encoder {
namespace {

using Inputs = std::span<const media::StreamTable>;

[[noreturn]] void refuse(const std::string& map, const std::string& what) {
  throw StageFailure(FailureKind::usage, fmt::format("-map {}: {}", map, what));
}

struct Map {
  bool negative = false;
  bool optional = false;
  std::size_t input = 0;
  std::string specifier;
};

Map parse_map(const std::string& text, std::size_t inputs) {
  if (text.starts_with("[") || text.starts_with("-["))
    refuse(text, "outputs of filter graphs cannot be mapped; use -vf");
  Map map;
  map.negative = text.starts_with("-");
  std::string rest = text.substr(map.negative ? 1 : 0);
  rest = rest.substr(0, rest.find(','));  // a stream to be in step with: of no effect any more
  const std::size_t mark = rest.find('?');
  map.optional = mark != std::string::npos;
  rest = rest.substr(0, mark);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), map.input);
  if (error != std::errc())
    refuse(text, "must begin with the number of an input; try 0:v or 0:a:1");
  if (map.input >= inputs)
    refuse(text, fmt::format("there is no input {}; the {} input{} counted from 0", map.input,
                             inputs, inputs == 1 ? " is" : "s are"));
  rest.erase(0, static_cast<std::size_t>(end - rest.data()));
  map.specifier = rest.starts_with(":") ? rest.substr(1) : rest;
  return map;
}

/// The stream's rank in ffmpeg's choice of one of a kind: one that has packets, then the default one, then
/// the largest.
std::int64_t rank(const media::StreamEntry& entry, std::int64_t size) {
  if (entry.has_packets) size += 100'000'000;
  if ((entry.disposition & AV_DISPOSITION_DEFAULT) != 0) size += 5'000'000;
  return size;
}

bool is_cover(const media::StreamEntry& entry) {
  return (entry.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

/// ffmpeg's best one of a kind; the default mark counts within an input only. `score`: 0 for streams that
/// are not asked.
template <class Score>
std::optional<ChosenStream> best_stream(Inputs inputs, Score score) {
  std::optional<ChosenStream> best;
  std::int64_t best_score = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const media::StreamEntry* best_here = nullptr;
    std::int64_t best_here_score = 0;
    for (const media::StreamEntry& entry : inputs[i].streams) {
      if (entry.disabled) continue;
      const std::int64_t own = score(entry);
      if (own <= best_here_score) continue;
      best_here_score = own;
      best_here = &entry;
    }
    if (best_here == nullptr) continue;
    if ((best_here->disposition & AV_DISPOSITION_DEFAULT) != 0 && best_here_score > 5'000'000)
      best_here_score -= 5'000'000;
    if (best_here_score <= best_score) continue;
    best_score = best_here_score;
    best = ChosenStream{i, best_here};
  }
  return best;
}

std::optional<ChosenStream> best_picture(const Options& options, Inputs inputs) {
  const AVOutputFormat& format = *options.format;
  if (usual_codec(format, options.name, AVMEDIA_TYPE_VIDEO) == AV_CODEC_ID_NONE)
    return std::nullopt;
  const bool covers_only = holds_covers_only(format);
  return best_stream(inputs, [&](const media::StreamEntry& entry) -> std::int64_t {
    const AVCodecParameters& par = *entry.parameters;
    if (par.codec_type != AVMEDIA_TYPE_VIDEO || (covers_only && !is_cover(entry))) return 0;
    if (is_cover(entry) && !covers_only) return 1;
    return rank(entry, std::int64_t{par.width} * par.height);
  });
}

}  // namespace

bool is_track_of_tags(const media::StreamEntry& entry) {
  const AVCodecParameters& par = *entry.parameters;
  if (par.codec_type != AVMEDIA_TYPE_DATA) return false;
  return is_timecode(par) ||
         (par.codec_id == AV_CODEC_ID_BIN_DATA && par.codec_tag == MKTAG('t', 'e', 'x', 't'));
}

std::vector<ChosenStream> mapped_streams(const std::vector<std::string>& maps, Inputs inputs) {
  std::vector<media::FormatContext> contexts;
  for (const media::StreamTable& table : inputs) contexts.push_back(media::input_context(table));
  std::vector<ChosenStream> chosen;
  for (const std::string& text : maps) {
    const Map map = parse_map(text, inputs.size());
    AVFormatContext& context = *contexts[map.input];
    const auto meant = [&](const media::StreamEntry& entry) {
      return media::matches(context, *context.streams[entry.index], map.specifier, "-map " + text);
    };
    bool found = false;
    bool disabled = false;
    if (map.negative) {
      found = std::erase_if(chosen, [&](const ChosenStream& c) {
                return c.input == map.input && meant(*c.source);
              }) > 0;
      // As ffmpeg, which asks only that something was mapped before.
      found = found || !chosen.empty();
    } else {
      for (const media::StreamEntry& entry : inputs[map.input].streams) {
        if (!meant(entry)) continue;
        (entry.disabled ? disabled : found) = true;
        if (!entry.disabled) chosen.push_back({map.input, &entry, true});
      }
    }
    if (!found && !map.optional)
      refuse(text, fmt::format("finds no stream{}; with a '?' at its end it may",
                               disabled ? " that is not disabled by an option of its input" : ""));
  }
  return chosen;
}

std::vector<ChosenStream> default_streams(const Options& options, Inputs inputs) {
  const AVOutputFormat& format = *options.format;
  std::vector<ChosenStream> chosen;
  const std::optional<ChosenStream> picture =
      options.no_video ? std::nullopt : best_picture(options, inputs);
  if (picture) chosen.push_back(*picture);
  if (is_null(format) && picture) return chosen;
  const auto add_all = [&](auto&& wanted, bool as_it_is = false) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      for (const media::StreamEntry& entry : inputs[i].streams)
        if (!entry.disabled && wanted(entry) && !is_track_of_tags(entry))
          chosen.push_back({i, &entry, false, as_it_is});
  };
  const auto is = [](const media::StreamEntry& entry, AVMediaType type) {
    return entry.parameters->codec_type == type;
  };
  const auto add_best_sound = [&] {
    const auto sound = best_stream(inputs, [&](const media::StreamEntry& entry) -> std::int64_t {
      return is(entry, AVMEDIA_TYPE_AUDIO) ? rank(entry, entry.parameters->ch_layout.nb_channels)
                                           : 0;
    });
    if (sound) chosen.push_back(*sound);
  };
  if (is_hash(format)) {
    // One stream of sound, decoded, as ffmpeg hashes it.
    add_best_sound();
    return chosen;
  }
  if (holds_one_sound(format))
    add_best_sound();
  else if (usual_codec(format, options.name, AVMEDIA_TYPE_AUDIO) != AV_CODEC_ID_NONE)
    add_all([&](const auto& entry) { return is(entry, AVMEDIA_TYPE_AUDIO); });
  add_all([&](const auto& entry) { return is(entry, AVMEDIA_TYPE_SUBTITLE); });
  if (!options.no_video && holds_covers(format))
    add_all(
        [&](const auto& entry) {
          return is(entry, AVMEDIA_TYPE_VIDEO) && is_cover(entry) &&
                 (!picture || picture->source != &entry);
        },
        true);
  for (const AVMediaType type : {AVMEDIA_TYPE_DATA, AVMEDIA_TYPE_ATTACHMENT})
    add_all(
        [&](const auto& entry) { return is(entry, type) && can_hold(format, *entry.parameters); });
  return chosen;
}

std::vector<ChosenStream> choose_streams(const Options& options, Inputs inputs) {
  std::vector<ChosenStream> chosen = options.maps.empty() ? default_streams(options, inputs)
                                                          : mapped_streams(options.maps, inputs);
  std::erase_if(chosen, [&](const ChosenStream& c) {
    switch (c.source->parameters->codec_type) {
      case AVMEDIA_TYPE_VIDEO:
        return options.no_video;
      case AVMEDIA_TYPE_AUDIO:
        return options.no_audio;
      case AVMEDIA_TYPE_SUBTITLE:
        return options.no_subtitles;
      case AVMEDIA_TYPE_DATA:
        return options.no_data;
      default:
        return false;
    }
  });
  return chosen;
}

}  // namespace latham::encoder
