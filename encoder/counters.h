// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "encoder/muxer.h"
#include "encoder/video_track.h"
#include "stage/status_writer.h"

/// The numbers that the encoder's `progress` and `done` lines carry.
namespace latham::encoder {

/// Frames that came so far, of all pictures.
[[nodiscard]] std::int64_t frames_in(const std::deque<VideoTrack>& video);

/// `options`: of the pictures, by stream of the output.
[[nodiscard]] stage::Counters counters_of(const std::map<int, VideoOptions>& options,
                                          const std::deque<VideoTrack>& video, const Muxer& muxer);

}  // namespace latham::encoder
