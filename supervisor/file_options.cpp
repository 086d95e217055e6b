// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>

#include "supervisor/failure.h"
#include "supervisor/option_table.h"

namespace latham::supervisor {
namespace {

constexpr std::int64_t kNoLimit = INT64_MAX;

std::string require_copy(const Given& g) {
  if (g.value != "copy")
    throw Failure(ExitCode::usage, fmt::format("{} {}: subtitles can only be copied for now; leave "
                                               "{} out or write {} copy",
                                               g.name, g.value, g.name, g.name));
  return g.value;
}

/// -vsync also takes the numbers of old.
std::string fps_mode(const Given& g) {
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
    if (g.value == written) return std::string(mode);
  }
  refuse_value(g, "passthrough, cfr, vfr or auto");
}

std::string frame_limit(const Given& g) {
  (void)whole_number(g, 1, kNoLimit, "a number of frames from 1");
  return g.value;
}

std::string threads(const Given& g) {
  (void)whole_number(g, 0, 1024, "a number of threads from 0 (automatic) to 1024");
  return g.value;
}

std::string field(const Given& g) {
  (void)whole_number(g, -1, 1, "1 (top field first), 0 (bottom field first) or -1");
  return g.value;
}

std::string pass(const Given& g) {
  (void)whole_number(g, 1, 3, "1 or 2 (3: both at once)");
  return g.value;
}

std::string rounds(const Given& g) {
  (void)whole_number(g, -1, kNoLimit, "a number of further rounds, -1 for no end");
  return g.value;
}

constexpr auto kNone = Streams::none;
constexpr auto kSome = Streams::some;

constexpr FileOptionRow kOptions[] = {
    // name, takes a value, specifiers, name there of input and output, read
    {"-f", true, kNone, "f", "f", nullptr},
    {"-threads", true, kNone, "threads", "threads", threads},
    {"-stream_loop", true, kNone, "stream_loop", "", rounds},

    // Which streams.
    {"-an", false, kNone, "an", "an", nullptr},
    {"-sn", false, kNone, "sn", "sn", nullptr},
    {"-dn", false, kNone, "dn", "dn", nullptr},

    // Codecs.
    {"-c", true, kSome, "", "c", nullptr},
    {"-codec", true, kSome, "", "c", nullptr},
    {"-vcodec", true, kNone, "", "c:v", nullptr},
    {"-acodec", true, kNone, "", "c:a", nullptr},
    {"-c:s", true, kNone, "", "c:s", require_copy},
    {"-codec:s", true, kNone, "", "c:s", require_copy},
    {"-scodec", true, kNone, "", "c:s", require_copy},
    {"-q", true, kSome, "", "q", nullptr},
    {"-qscale", true, kSome, "", "q", nullptr},

    // Pictures. Before -i some describe raw video, under the names that its demuxers have for them.
    {"-vf", true, kNone, "", "filter:v", nullptr},
    {"-filter:v", true, kNone, "", "filter:v", nullptr},
    {"-r", true, kNone, "framerate", "r", nullptr},
    {"-fps_mode", true, kNone, "", "fps_mode", fps_mode},
    {"-vsync", true, kNone, "", "fps_mode", fps_mode},
    {"-pix_fmt", true, kNone, "pixel_format", "pix_fmt", nullptr},
    {"-s", true, kNone, "video_size", "s", nullptr},
    {"-noautorotate", false, kNone, "noautorotate", "", nullptr},
    {"-top", true, kNone, "top", "top", field},
    {"-aspect", true, kNone, "", "aspect", nullptr},
    {"-force_key_frames", true, kNone, "", "force_key_frames", nullptr},
    {"-pass", true, kNone, "", "pass", pass},
    {"-passlogfile", true, kNone, "", "passlogfile", nullptr},
    {"-frames:v", true, kNone, "", "frames:v", frame_limit},
    {"-vframes", true, kNone, "", "frames:v", frame_limit},
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
    {"-shortest", kNotYet},
    {"-re", kNotYet},
    {"-copyts", kNotYet},
    {"-frames", kNotYet},
    {"-hwaccel", kNotYet},
    {"-ac", kAudio},
    {"-ar", kAudio},
    {"-af", kAudio},
    {"-ab", kAudio},
    {"-filter:a", kAudio},
    {"-aq", kAudio},
};

}  // namespace

std::span<const FileOptionRow> file_options() {
  return kOptions;
}

std::optional<std::string_view> unsupported(std::string_view name) {
  for (const Refused& refused : kRefused) {
    if (refused.name == name) return refused.reason;
  }
  return std::nullopt;
}

}  // namespace latham::supervisor
