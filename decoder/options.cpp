// SPDX-License-Identifier: MIT
#include "decoder/options.h"

#include "stage/arguments.h"
#include "system/failure.h"

namespace latham::decoder {

Options read_options(int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv, {"i", "f", "threads", "stream_loop", "loglevel", "top"},
      {"xerror", "vn", "an", "sn", "dn", "read_all", "noautorotate", "play"});
  if (!args.has("i")) throw StageFailure(FailureKind::usage, "no input: give -i NAME");
  Options o;
  o.source.name = args.get("i");
  o.source.format = args.get("f");
  o.source.loops = args.number("stream_loop", 0, -1);
  o.source.upright = !args.has("noautorotate");
  o.source.no_video = args.has("vn");
  o.source.no_audio = args.has("an");
  o.source.no_subtitles = args.has("sn");
  o.source.no_data = args.has("dn");
  o.source.read_all = args.has("read_all");
  for (const auto& [name, value] : args.avoptions)
    o.source.avoptions.emplace_back(name.substr(0, name.find(':')), value);
  o.video.threads = args.get("threads");
  if (const std::int64_t top = args.number("top", -1, -1); top >= 0) o.video.top_first = top != 0;
  o.log_level = args.get("loglevel");
  o.stop_at_errors = args.has("xerror");
  o.play = args.has("play");
  return o;
}

}  // namespace latham::decoder
