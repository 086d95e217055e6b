// SPDX-License-Identifier: MIT
#include "decoder/options.h"

#include <fmt/format.h>

#include "stage/arguments.h"
#include "system/failure.h"
#include "system/number.h"

extern "C" {
#include <libavutil/parseutils.h>
}

namespace latham::decoder {

namespace {

InputTimeOptions read_time_options(const stage::Arguments& args) {
  InputTimeOptions o;
  o.window = media::read_window(args.get("ss"), args.get("t"), args.get("to"));
  if (args.has("sseof")) {
    o.from_end = media::parse_time("-sseof", args.get("sseof"));
    if (*o.from_end >= 0)
      throw StageFailure(FailureKind::usage,
                         fmt::format("-sseof {}: counts back from the end, so it must be negative",
                                     args.get("sseof")));
  }
  if (args.has("itsoffset")) o.shift = media::parse_time("-itsoffset", args.get("itsoffset"));
  o.keep_timestamps = args.has("copyts");
  o.start_at_zero = args.has("start_at_zero");
  o.accurate = !args.has("noaccurate_seek");
  o.absolute = args.number("seek_timestamp", 0, 0) != 0;
  return o;
}

}  // namespace

Options read_options(int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv,
      {"i", "f", "threads", "stream_loop", "loglevel", "top", "r", "ss", "t", "to", "sseof",
       "itsoffset", "seek_timestamp", "-skip-packets", "readrate"},
      {"xerror", "vn", "an", "sn", "dn", "-read-all", "noautorotate", "copyts", "start_at_zero",
       "noaccurate_seek", "-play", "re"});
  if (!args.has("i")) throw StageFailure(FailureKind::usage, "no input: give -i NAME");
  Options o;
  o.source.name = args.get("i");
  o.source.format = args.get("f");
  o.source.loops = args.number("stream_loop", 0, -1);
  o.source.time = read_time_options(args);
  if (args.has("r") && av_parse_video_rate(&o.source.rate, args.get("r").c_str()) < 0)
    throw StageFailure(FailureKind::usage,
                       fmt::format("-r {} before -i: not a frame rate; try -r 25 or -r 30000/1001",
                                   args.get("r")));
  o.source.upright = !args.has("noautorotate");
  o.source.no_video = args.has("vn");
  o.source.no_audio = args.has("an");
  o.source.no_subtitles = args.has("sn");
  o.source.no_data = args.has("dn");
  o.source.read_all = args.has("-read-all");
  for (const auto& [name, value] : args.avoptions) {
    if (name == "c" || name.starts_with("c:"))
      o.source.codecs.emplace_back(name.substr(std::min<std::size_t>(name.size(), 2)), value);
    else
      o.source.avoptions.emplace_back(name.substr(0, name.find(':')), value);
  }
  o.source.threads = args.get("threads");
  if (const std::int64_t top = args.number("top", -1, -1); top >= 0) o.video.top_first = top != 0;
  o.log_level = args.log_level();
  o.stop_at_errors = args.has("xerror");
  const auto skipped = parse_numbers<std::uint64_t>(args.get("-skip-packets"));
  if (!skipped)
    throw StageFailure(FailureKind::failed, fmt::format("--skip-packets {}: not a list of numbers",
                                                        args.get("-skip-packets")));
  o.skipped = {skipped->begin(), skipped->end()};
  o.rate_of_reading = args.has("re") ? 1 : args.real("readrate", 0);
  o.play = args.has("-play");
  return o;
}

}  // namespace latham::decoder
