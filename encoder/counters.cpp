// SPDX-License-Identifier: MIT
#include "encoder/counters.h"

#include <fmt/format.h>

#include <algorithm>

namespace latham::encoder {

std::int64_t frames_in(const std::deque<VideoTrack>& video) {
  std::int64_t frames = 0;
  for (const VideoTrack& track : video) frames += track.frames_in();
  return frames;
}

stage::Counters counters_of(const std::map<int, VideoOptions>& options,
                            const std::deque<VideoTrack>& video, const Muxer& muxer) {
  stage::Counters c{{"frames_in", frames_in(video)},
                    {"encoded", 0},
                    {"dup", 0},
                    {"drop", 0},
                    {"copied", 0},
                    {"copied_bytes", 0},
                    {"held", 0}};
  c["frames_out"] = muxer.video_packets();
  // A first pass may give statistics instead of packets: then there is nothing to compare.
  if (std::none_of(options.begin(), options.end(),
                   [](const auto& o) { return o.second.passes == 1; }))
    c["muxed"] = muxer.video_packets();
  for (const VideoTrack& track : video) {
    const VideoEncoder& encoder = track.encoder();
    const transport::CopyCount copied = track.copied();
    c["encoded"] += encoder.frames();
    c["dup"] += encoder.repeated();
    c["drop"] += encoder.dropped();
    c["copied"] += static_cast<std::int64_t>(copied.frames);
    c["copied_bytes"] += static_cast<std::int64_t>(copied.bytes);
    c["held"] += track.held();
    c[fmt::format("stream{}", track.stream())] = track.frames_in();
    c["time_us"] = std::max(c["time_us"], encoder.time_us());
  }
  if (!video.empty()) c["quality"] = video.front().encoder().quality();
  if (video.empty()) c["time_us"] = muxer.time_us();
  c["bytes"] = muxer.bytes();
  if (const auto offset = muxer.sound_offset_us()) c["sound_offset_us"] = *offset;
  return c;
}

}  // namespace latham::encoder
