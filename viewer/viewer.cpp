// SPDX-License-Identifier: MIT
#include "viewer/viewer.h"

#include "media/av_log.h"
#include "stage/arguments.h"
#include "viewer/live.h"

namespace latham::viewer {

stage::Counters view_frames(stage::Stage& stage, int argc, char** argv) {
  const stage::Arguments args =
      stage::parse_arguments(argc, argv, {"title", "duration_us", "loglevel"}, {});
  media::capture_log("viewer", args.get("loglevel"));
  stage.confine({.devices = true});  // graphics drivers, fonts, screenshots
  return watch_job(stage, {args.get("title", "latham"), args.number("duration_us", 0, 0)});
}

}  // namespace latham::viewer
