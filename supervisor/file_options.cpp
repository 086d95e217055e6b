// SPDX-License-Identifier: MIT
#include <array>

#include "supervisor/option_table.h"

namespace latham::supervisor {
namespace {

constexpr std::int64_t kNoLimit = INT64_MAX;

/// -vsync also takes the numbers of old.
std::string fps_mode(const Given& g) {
  constexpr std::array<std::array<std::string_view, 2>, 9> kModes = {
      {{"passthrough", "passthrough"},
       {"cfr", "cfr"},
       {"vfr", "vfr"},
       {"drop", "drop"},
       {"auto", "auto"},
       {"0", "passthrough"},
       {"1", "cfr"},
       {"2", "vfr"},
       {"-1", "auto"}}};
  for (const auto& [written, mode] : kModes) {
    if (g.value == written) return std::string(mode);
  }
  refuse_value(g, "passthrough, cfr, vfr, drop or auto");
}

std::string frame_limit(const Given& g) {
  (void)whole_number(g, 1, kNoLimit, "a number of frames from 1");
  return g.value;
}

std::string threads(const Given& g) {
  if (g.value == "auto") return g.value;
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

    // Time.
    {"-ss", true, kNone, "ss", "ss", nullptr},
    {"-t", true, kNone, "t", "t", nullptr},
    {"-to", true, kNone, "to", "to", nullptr},
    {"-sseof", true, kNone, "sseof", "", nullptr},
    {"-itsoffset", true, kNone, "itsoffset", "", nullptr},
    {"-re", false, kNone, "re", "", nullptr},
    {"-readrate", true, kNone, "readrate", "", nullptr},
    {"-seek_timestamp", true, kNone, "seek_timestamp", "", nullptr},
    {"-noaccurate_seek", false, kNone, "noaccurate_seek", "", nullptr},
    {"-copyinkf", false, kNone, "", "copyinkf", nullptr},
    {"-copypriorss", true, kNone, "", "copypriorss", nullptr},
    {"-shortest", false, kNone, "", "shortest", nullptr},
    {"-enc_time_base", true, kSome, "", "enc_time_base", nullptr},
    {"-muxdelay", true, kNone, "", "muxdelay", nullptr},
    {"-muxpreload", true, kNone, "", "muxpreload", nullptr},

    // Which streams.
    {"-map", true, kNone, "", "map", nullptr},
    {"-attach", true, kNone, "", "attach", nullptr},
    {"-vn", false, kNone, "vn", "vn", nullptr},
    {"-an", false, kNone, "an", "an", nullptr},
    {"-sn", false, kNone, "sn", "sn", nullptr},
    {"-dn", false, kNone, "dn", "dn", nullptr},

    // Tags.
    {"-metadata", true, kSome, "", "metadata", nullptr},
    {"-map_metadata", true, kSome, "", "map_metadata", nullptr},
    {"-map_chapters", true, kNone, "", "map_chapters", nullptr},
    {"-disposition", true, kSome, "", "disposition", nullptr},
    {"-tag", true, kSome, "", "tag", nullptr},
    {"-vtag", true, kNone, "", "tag:v", nullptr},
    {"-atag", true, kNone, "", "tag:a", nullptr},

    // Codecs.
    {"-c", true, kSome, "c", "c", nullptr},
    {"-codec", true, kSome, "c", "c", nullptr},
    {"-vcodec", true, kNone, "c:v", "c:v", nullptr},
    {"-acodec", true, kNone, "c:a", "c:a", nullptr},
    {"-scodec", true, kNone, "c:s", "c:s", nullptr},
    {"-dcodec", true, kNone, "", "c:d", nullptr},
    {"-b", true, kNone, "b", "b:v", nullptr},
    {"-profile", true, kNone, "profile", "profile:v", nullptr},
    {"-q", true, kSome, "", "q", nullptr},
    {"-qscale", true, kSome, "", "q", nullptr},
    {"-bsf", true, kSome, "", "bsf", nullptr},
    {"-vbsf", true, kNone, "", "bsf:v", nullptr},
    {"-absf", true, kNone, "", "bsf:a", nullptr},
    {"-frames", true, kSome, "", "frames", frame_limit},
    {"-vframes", true, kNone, "", "frames:v", frame_limit},
    {"-aframes", true, kNone, "", "frames:a", frame_limit},
    {"-dframes", true, kNone, "", "frames:d", frame_limit},

    // Sound; before -i of raw sound, as for pictures.
    {"-af", true, kNone, "", "filter:a", nullptr},
    {"-ar", true, kSome, "sample_rate", "ar", nullptr},
    {"-ac", true, kSome, "channels", "ac", nullptr},
    {"-sample_fmt", true, kSome, "", "sample_fmt", nullptr},
    {"-channel_layout", true, kSome, "channel_layout", "channel_layout", nullptr},
    {"-ch_layout", true, kSome, "ch_layout", "channel_layout", nullptr},
    {"-ab", true, kNone, "", "b:a", nullptr},
    {"-aq", true, kNone, "", "q:a", nullptr},

    // Pictures. Before -i some describe raw video, under the names that its demuxers have for them.
    {"-vf", true, kNone, "", "filter:v", nullptr},
    {"-filter", true, kSome, "", "filter", nullptr},
    {"-r", true, kSome, "r", "r", nullptr},
    {"-fps_mode", true, kNone, "", "fps_mode", fps_mode},
    {"-vsync", true, kNone, "", "fps_mode", fps_mode},
    {"-pix_fmt", true, kSome, "pixel_format", "pix_fmt", nullptr},
    {"-s", true, kSome, "video_size", "s", nullptr},
    {"-sws_flags", true, kNone, "", "sws_flags", nullptr},
    {"-timecode", true, kNone, "", "timecode", nullptr},
    {"-noautorotate", false, kNone, "noautorotate", "", nullptr},
    {"-top", true, kSome, "top", "top", field},
    {"-aspect", true, kSome, "", "aspect", nullptr},
    {"-force_key_frames", true, kSome, "", "force_key_frames", nullptr},
    {"-pass", true, kSome, "", "pass", pass},
    {"-passlogfile", true, kSome, "", "passlogfile", nullptr},
};

constexpr std::string_view kNotYet = "is not supported for now; for this job use ffmpeg";
constexpr std::string_view kList = "is a question for ffmpeg, whose libraries these are; ask it";

struct Refused {
  std::string_view name;
  std::string_view reason;
};
/// What ffmpeg 5.1 knows beside AVOptions and is not in the table above.
constexpr Refused kRefused[] = {
    {"-apad", kNotYet},
    {"-async", "is no option any more; use -af aresample=async=N"},
    {"-autoscale", kNotYet},
    {"-bsfs", kList},
    {"-canvas_size", kNotYet},
    {"-codecs", kList},
    {"-copy_unknown", kNotYet},
    {"-copytb", kNotYet},
    {"-decoders", kList},
    {"-demuxers", kList},
    {"-discard", kNotYet},
    {"-dump_attachment", kNotYet},
    {"-encoders", kList},
    {"-filter_complex", kNotYet},
    {"-filter_complex_script", kNotYet},
    {"-filter_hw_device", kNotYet},
    {"-filter_script", kNotYet},
    {"-filters", kList},
    {"-fix_sub_duration", kNotYet},
    {"-formats", kList},
    {"-fs", kNotYet},
    {"-hwaccel", kNotYet},
    {"-hwaccel_device", kNotYet},
    {"-hwaccel_output_format", kNotYet},
    {"-init_hw_device", kNotYet},
    {"-isync", kNotYet},
    {"-itsscale", kNotYet},
    {"-lavfi", kNotYet},
    {"-layouts", kList},
    {"-muxers", kList},
    {"-pix_fmts", kList},
    {"-program", kNotYet},
    {"-protocols", kList},
    {"-psnr", "is not supported; use -vf psnr, or --verify to have the result checked"},
    {"-qphist", kNotYet},
    {"-report", "is not supported; use -loglevel debug 2>FILE"},
    {"-sample_fmts", kList},
    {"-sdp_file", kNotYet},
    {"-streamid", kNotYet},
    {"-target", kNotYet},
    {"-time_base", kNotYet},
    {"-version", "is --version here"},
    {"-vstats", kNotYet},
    {"-vstats_file", kNotYet},
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
