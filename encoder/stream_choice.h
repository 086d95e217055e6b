// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "encoder/options.h"
#include "media/stream_table.h"

/// Which streams of the inputs go into the output: what -map says, or our own choice.
namespace latham::encoder {

struct ChosenStream {
  std::size_t input = 0;
  const media::StreamEntry* source = nullptr;
  bool asked = false;     ///< By -map: where it is impossible the job fails; else it is left out.
  bool as_it_is = false;  ///< A cover that nobody asked for is copied whatever -c:v says.
};

/// -map's streams in ffmpeg's spelling, in the order of the maps. Throws StageFailure(usage) for a map that
/// makes no sense or, without '?', finds nothing.
[[nodiscard]] std::vector<ChosenStream> mapped_streams(const std::vector<std::string>& maps,
                                                       std::span<const media::StreamTable> inputs);

/// Without -map: the picture that ffmpeg would choose, and of everything else all that the container may
/// hold (docs/decisions/0006-streams.md).
[[nodiscard]] std::vector<ChosenStream> default_streams(const Options& options,
                                                        std::span<const media::StreamTable> inputs);

/// A track in which QuickTime keeps what the muxer writes anew from tags: the chapters' names (which may have lost
/// their chapters on the way, behind a list of files), the timecode.
[[nodiscard]] bool is_track_of_tags(const media::StreamEntry& entry);

/// One of the two, without the kinds that -vn, -an, -sn and -dn forbid.
[[nodiscard]] std::vector<ChosenStream> choose_streams(const Options& options,
                                                       std::span<const media::StreamTable> inputs);

}  // namespace latham::encoder
