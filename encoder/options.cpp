// SPDX-License-Identifier: MIT
#include "encoder/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "encoder/attachment.h"
#include "encoder/container.h"
#include "stage/arguments.h"
#include "system/failure.h"

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

/// Options of ours that may have a stream specifier. All have a value.
constexpr std::array<std::string_view, 21> kOfStreams = {"c",
                                                         "q",
                                                         "r",
                                                         "s",
                                                         "pix_fmt",
                                                         "frames",
                                                         "filter",
                                                         "tag",
                                                         "bsf",
                                                         "disposition",
                                                         "metadata",
                                                         "aspect",
                                                         "top",
                                                         "force_key_frames",
                                                         "pass",
                                                         "passlogfile",
                                                         "ar",
                                                         "ac",
                                                         "sample_fmt",
                                                         "channel_layout",
                                                         "enc_time_base"};

bool is_of_streams(const std::string& option) {
  const std::string name = option.substr(0, option.find(':'));
  return name == "map_metadata" ||
         std::find(kOfStreams.begin(), kOfStreams.end(), name) != kOfStreams.end();
}

/// A codec that stood before -i.
constexpr std::string_view kUnlessDecoder = "-unless-decoder-";

void add_unless_decoder(StreamOptions& streams, const std::string& option,
                        const std::string& codec) {
  if (avcodec_find_decoder_by_name(codec.c_str()) == nullptr) streams.add(option, codec);
}

OutputTime read_time(const stage::Arguments& args) {
  OutputTime time;
  time.window = media::read_window(args.get("ss"), args.get("t"), args.get("to"));
  time.copy_without_key = args.has("copyinkf");
  time.copy_before_start = args.get("copypriorss", "1") != "0";
  return time;
}

}  // namespace

bool Options::is_local_socket() const {
  return name.starts_with("unix:");
}

Options::Target Options::target() const {
  if (name.find("://") != std::string::npos || is_local_socket()) return Target::self;
  if ((format->flags & AVFMT_NOFILE) == 0) return Target::file;
  return is_null(*format) ? Target::none : Target::self;
}

Options read_options(int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv,
      {"f", "fps_mode", "-inputs", "loglevel", "map_chapters", "ss", "t", "to", "copypriorss",
       "muxdelay", "muxpreload", "-resumable", "timecode",
       "sws_flags"},  // the last is for the filter
      {"shortest", "xerror", "-no-hdr10", "-to-the-end", "copyinkf", "vn", "an", "sn", "dn"});
  if (args.names.size() != 1)
    throw StageFailure(FailureKind::usage,
                       fmt::format("expected one output name, got {}", args.names.size()));
  Options o;
  o.name = args.names.front();
  o.format = find_format(args.get("f"), o.name);
  o.inputs = static_cast<std::size_t>(args.number("-inputs", 1, 1));
  o.no_video = args.has("vn");
  o.no_audio = args.has("an");
  o.no_subtitles = args.has("sn");
  o.no_data = args.has("dn");
  o.chapters = args.get("map_chapters");
  o.fps_mode = args.get("fps_mode");
  o.time = read_time(args);
  o.segment_us = std::llrint(args.real("-resumable", 0) * AV_TIME_BASE);
  o.mux_delay = args.real("muxdelay", o.mux_delay);
  o.mux_preload = args.real("muxpreload", o.mux_preload);
  o.static_hdr = !args.has("-no-hdr10");
  o.shortest = args.has("shortest");
  o.stop_at_errors = args.has("xerror");
  o.to_the_end = args.has("-to-the-end");
  o.log_level = args.log_level();
  o.timecode = args.get("timecode");
  if (!o.timecode.empty()) o.streams.add("metadata:g", "timecode=" + o.timecode);
  for (const auto& [name, value] : args.avoptions) {
    if (name == "map")
      o.maps.push_back(value);
    else if (name == "attach")
      o.attachments.push_back(attachment(value));
    else if (name.starts_with(kUnlessDecoder))
      add_unless_decoder(o.streams, name.substr(kUnlessDecoder.size()), value);
    else if (is_of_streams(name))
      o.streams.add(name, value);
    else
      o.avoptions.emplace_back(name, value);
  }
  return o;
}

}  // namespace latham::encoder
