// SPDX-License-Identifier: MIT
#include "viewer/tracks.h"

#include <fmt/format.h>

#include <algorithm>

namespace latham::viewer {
namespace {

std::string name_of(const media::StreamEntry& stream) {
  std::string name =
      fmt::format("stream {}, {}", stream.index, avcodec_get_name(stream.parameters->codec_id));
  for (const auto& [key, value] : stream.tags)
    if (key == "language" || key == "title") name += ", " + value;
  return name;
}

}  // namespace

Tracks::Tracks(const media::StreamTable& table, AVMediaType kind) {
  for (const media::StreamEntry& stream : table.streams)
    if (stream.parameters->codec_type == kind) tracks_.push_back({stream.index, name_of(stream)});
}

std::optional<int> Tracks::after(std::optional<int> stream) const {
  auto next = tracks_.begin();
  if (stream)
    next = std::find_if(next, tracks_.end(),
                        [&](const Track& track) { return track.stream > *stream; });
  if (next == tracks_.end()) return std::nullopt;
  return next->stream;
}

std::string Tracks::text(int stream) const {
  const auto found = std::find_if(tracks_.begin(), tracks_.end(),
                                  [&](const Track& track) { return track.stream == stream; });
  return found == tracks_.end() ? fmt::format("stream {}", stream) : found->name;
}

}  // namespace latham::viewer
