// SPDX-License-Identifier: MIT
#include "supervisor/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "supervisor/failure.h"

namespace latham::supervisor {
namespace {

[[noreturn]] void refuse(const Given& given, std::string_view expected) {
  throw Failure(ExitCode::usage,
                fmt::format("{} '{}': must be {}", given.name, given.value, expected));
}

std::int64_t whole_number(const Given& given, std::int64_t least, std::int64_t most,
                          std::string_view expected) {
  std::int64_t number = 0;
  const char* end = given.value.data() + given.value.size();
  const auto [stop, error] = std::from_chars(given.value.data(), end, number);
  if (error != std::errc{} || stop != end || number < least || number > most)
    refuse(given, expected);
  return number;
}

double seconds(const Given& given) {
  double number = 0;
  const char* end = given.value.data() + given.value.size();
  const auto [stop, error] = std::from_chars(given.value.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number) || number < 0 || number > 1e6)
    refuse(given, "a number of seconds, 0 for no limit");
  return number;
}

constexpr std::int64_t kNoLimit = INT64_MAX;

// ---- what each option does ---------------------------------------------------------------------

void input(ParseState& s, const Given& g) {
  if (!g.before_input)
    throw Failure(ExitCode::usage,
                  fmt::format("more than one input: '{}' and '{}'; only one is possible for now",
                              s.job.input, g.value));
  if (g.value.empty())
    throw Failure(ExitCode::usage,
                  "-i: an empty file name; a variable in your script may be unset");
  s.job.input = g.value;
}

void filter(ParseState& s, const Given& g) {
  s.job.video_filter = g.value;
}

void video_codec(ParseState& s, const Given& g) {
  if (g.before_input)
    throw Failure(
        ExitCode::usage,
        fmt::format("{} before -i: choosing the decoder is not possible for now", g.name));
  if (g.value == "copy")
    throw Failure(
        ExitCode::usage,
        fmt::format("{} copy: video is always encoded here; to copy it use ffmpeg", g.name));
  s.job.video_codec = g.value;
}

void audio_codec(ParseState& s, const Given& g) {
  s.job.audio_codec = g.value;
}

void require_copy(ParseState&, const Given& g) {
  if (g.value != "copy")
    throw Failure(ExitCode::usage, fmt::format("{} {}: subtitles can only be copied for now; leave "
                                               "{} out or write {} copy",
                                               g.name, g.value, g.name, g.name));
}

void all_codecs(ParseState& s, const Given& g) {
  if (g.value != "copy")
    throw Failure(ExitCode::usage,
                  fmt::format("{} {}: one codec for all streams is not possible; write -c:v {}",
                              g.name, g.value, g.value));
  s.copy_all = true;
}

void format(ParseState& s, const Given& g) {
  (g.before_input ? s.job.input_format : s.job.output_format) = g.value;
}

// Before -i these three describe raw video, under the names that its demuxers have for them.
void rate(ParseState& s, const Given& g) {
  if (g.before_input) {
    s.job.decoder_options.emplace_back("framerate", g.value);
  } else {
    s.job.rate = g.value;
  }
}
void pix_fmt(ParseState& s, const Given& g) {
  if (g.before_input) {
    s.job.decoder_options.emplace_back("pixel_format", g.value);
  } else {
    s.job.pix_fmt = g.value;
  }
}
void size(ParseState& s, const Given& g) {
  if (g.before_input) {
    s.job.decoder_options.emplace_back("video_size", g.value);
  } else {
    s.job.size = g.value;
  }
}

void fps_mode(ParseState& s, const Given& g) {
  // -vsync also takes the numbers of old.
  constexpr std::array<std::array<std::string_view, 2>, 8> kModes = {
      {{"passthrough", "passthrough"},
       {"cfr", "cfr"},
       {"vfr", "vfr"},
       {"auto", "auto"},
       {"0", "passthrough"},
       {"1", "cfr"},
       {"2", "vfr"},
       {"-1", "auto"}}};
  for (const auto& [written, mode] : kModes) {
    if (g.value == written) {
      s.job.fps_mode = mode;
      return;
    }
  }
  refuse(g, "passthrough, cfr, vfr or auto");
}

void frame_limit(ParseState& s, const Given& g) {
  s.job.frame_limit = whole_number(g, 1, kNoLimit, "a number of frames from 1");
}

void threads(ParseState& s, const Given& g) {
  const std::int64_t count =
      whole_number(g, 0, 1024, "a number of threads from 0 (automatic) to 1024");
  if (g.before_input) {
    s.job.decoder_threads = count;
  } else {
    s.job.encoder_options.emplace_back("threads", g.value);
  }
}

void stream_loop(ParseState& s, const Given& g) {
  s.job.stream_loop = whole_number(g, -1, kNoLimit, "a number of further rounds, -1 for no end");
}

void transport(ParseState& s, const Given& g) {
  if (g.value == "shm") {
    s.job.transport = Transport::shm;
  } else if (g.value == "pipe") {
    s.job.transport = Transport::pipe;
  } else {
    refuse(g, "shm or pipe");
  }
}

void slots(ParseState& s, const Given& g) {
  s.job.slots =
      static_cast<std::uint32_t>(whole_number(g, 8, 128, "a number of frames from 8 to 128"));
}

void nothing(ParseState&, const Given&) {}

// ---- the table ---------------------------------------------------------------------------------

constexpr Option kOptions[] = {
    {"-i", true, Side::both, input},
    {"-y", false, Side::global, [](ParseState& s, const Given&) { s.job.overwrite = true; }},
    {"-n", false, Side::global, [](ParseState& s, const Given&) { s.job.keep_existing = true; }},
    {"-vf", true, Side::output, filter},
    {"-filter:v", true, Side::output, filter},
    {"-c:v", true, Side::both, video_codec},
    {"-vcodec", true, Side::both, video_codec},
    {"-codec:v", true, Side::both, video_codec},
    {"-c:a", true, Side::output, audio_codec},
    {"-acodec", true, Side::output, audio_codec},
    {"-codec:a", true, Side::output, audio_codec},
    {"-c:s", true, Side::output, require_copy},
    {"-scodec", true, Side::output, require_copy},
    {"-codec:s", true, Side::output, require_copy},
    {"-c", true, Side::output, all_codecs},
    {"-codec", true, Side::output, all_codecs},
    {"-an", false, Side::global, [](ParseState& s, const Given&) { s.job.no_audio = true; }},
    {"-sn", false, Side::global, [](ParseState& s, const Given&) { s.job.no_subtitles = true; }},
    {"-dn", false, Side::global, [](ParseState& s, const Given&) { s.job.no_data = true; }},
    {"-f", true, Side::both, format},
    {"-r", true, Side::both, rate},
    {"-fps_mode", true, Side::output, fps_mode},
    {"-vsync", true, Side::output, fps_mode},
    {"-pix_fmt", true, Side::both, pix_fmt},
    {"-s", true, Side::both, size},
    {"-frames:v", true, Side::output, frame_limit},
    {"-vframes", true, Side::output, frame_limit},
    {"-q:v", true, Side::output, [](ParseState& s, const Given& g) { s.job.quality = g.value; }},
    {"-qscale:v", true, Side::output,
     [](ParseState& s, const Given& g) { s.job.quality = g.value; }},
    {"-q", true, Side::output, [](ParseState& s, const Given& g) { s.job.quality = g.value; }},
    {"-threads", true, Side::both, threads},
    {"-stream_loop", true, Side::input, stream_loop},
    {"-loglevel", true, Side::global,
     [](ParseState& s, const Given& g) { s.job.loglevel = g.value; }},
    {"-v", true, Side::global, [](ParseState& s, const Given& g) { s.job.loglevel = g.value; }},
    {"-xerror", false, Side::global,
     [](ParseState& s, const Given&) { s.job.stop_on_error = true; }},
    {"-stats", false, Side::global,
     [](ParseState& s, const Given&) { s.job.show_progress = true; }},
    {"-nostats", false, Side::global,
     [](ParseState& s, const Given&) { s.job.show_progress = false; }},
    {"-hide_banner", false, Side::global, nothing},
    {"-nostdin", false, Side::global, nothing},
    {"--transport", true, Side::global, transport},
    {"--slots", true, Side::global, slots},
    {"--view", false, Side::global, [](ParseState& s, const Given&) { s.job.view = true; }},
    {"--view-keep", false, Side::global,
     [](ParseState& s, const Given&) { s.job.view = s.job.keep_view = true; }},
    {"--stage-timeout", true, Side::global,
     [](ParseState& s, const Given& g) { s.job.stage_timeout_s = seconds(g); }},
    // Answered before the arguments are read; here for take_value() and the nearest name.
    {"--help", false, Side::global, nothing},
};

constexpr std::string_view kNotYet = "is not supported for now; for this job use ffmpeg";
constexpr std::string_view kAudio = "is not supported: sound cannot be filtered for now";

struct Refused {
  std::string_view name;
  std::string_view reason;
};
constexpr Refused kRefused[] = {
    {"-vn", "is not possible: Latham needs the picture; for sound alone use ffmpeg"},
    {"-ss", kNotYet},
    {"-t", kNotYet},
    {"-to", kNotYet},
    {"-sseof", kNotYet},
    {"-itsoffset", kNotYet},
    {"-map", kNotYet},
    {"-metadata", kNotYet},
    {"-map_metadata", kNotYet},
    {"-filter_complex", kNotYet},
    {"-lavfi", kNotYet},
    {"-pass", kNotYet},
    {"-passlogfile", kNotYet},
    {"-shortest", kNotYet},
    {"-re", kNotYet},
    {"-copyts", kNotYet},
    {"-progress", kNotYet},
    {"-frames", kNotYet},
    {"-hwaccel", kNotYet},
    {"-noautorotate", kNotYet},
    {"-ac", kAudio},
    {"-ar", kAudio},
    {"-af", kAudio},
    {"-ab", kAudio},
    {"-filter:a", kAudio},
    {"-aq", kAudio},
};

std::vector<std::string_view> collect_names(bool two_dashes) {
  std::vector<std::string_view> names;
  for (const Option& option : kOptions) {
    if (option.name.starts_with("--") == two_dashes) names.push_back(option.name);
  }
  return names;
}

}  // namespace

const Option* find_option(std::string_view name) {
  const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                   [&](const Option& option) { return option.name == name; });
  return found == std::end(kOptions) ? nullptr : found;
}

std::span<const std::string_view> option_names(std::string_view dashes) {
  static const std::vector<std::string_view> one = collect_names(false);
  static const std::vector<std::string_view> two = collect_names(true);
  return dashes == "--" ? two : one;
}

std::optional<std::string_view> unsupported(std::string_view name) {
  for (const Refused& refused : kRefused) {
    if (refused.name == name) return refused.reason;
  }
  return std::nullopt;
}

}  // namespace latham::supervisor
