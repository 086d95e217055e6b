// SPDX-License-Identifier: MIT
#include "viewer/viewer.h"

#include "media/av_log.h"
#include "stage/arguments.h"
#include "viewer/live.h"
#include "viewer/player.h"

namespace latham::viewer {

stage::Counters view_frames(stage::Stage& stage, int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv, {"-title", "-duration-us", "loglevel", "-start-us"}, {"-play", "-loop"});
  media::capture_log("viewer", args.log_level());
  stage.confine({.devices = true});  // graphics drivers, fonts, screenshots
  const std::string title = args.get("-title", "latham");
  const long long duration_us = args.number("-duration-us", 0, 0);
  if (!args.has("-play")) return watch_job(stage, {title, duration_us});
  return play(stage, {title, duration_us, args.number("-start-us", 0, 0), args.has("-loop")});
}

}  // namespace latham::viewer
