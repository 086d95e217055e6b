// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/message.h"
#include "media/av.h"
#include "viewer/keys.h"

/// The words over the picture, as pure functions.
namespace latham::viewer {

/// What is known beside the frame.
struct ShownFacts {
  std::uint64_t number = 0;   ///< On its edge.
  std::uint64_t shown = 0;    ///< Pictures drawn so far.
  std::uint64_t skipped = 0;  ///< Frames of the edge that were not.
  std::optional<double> seconds;
  std::optional<double> fps_in;   ///< Frames that came by.
  std::optional<double> fps_out;  ///< Pictures drawn.
  std::string renderer;
};

/// "format", "colour", "frame" and so on, a line each; '?' follows what the frame does not say.
[[nodiscard]] std::vector<std::string> picture_lines(const AVFrame& frame, const ShownFacts& facts);
/// The sound of a playback.
struct SoundFacts {
  bool has_device = false;
  std::optional<int> stream;  ///< That is heard.
  double volume = 1;
  bool muted = false;
  double speed = 1;
  std::optional<double> apart_ms;  ///< The picture's time less that of what is heard.
};
[[nodiscard]] std::string sound_line(const SoundFacts& facts);
[[nodiscard]] std::string subtitle_line(const std::string& track);
/// What the session says of itself: state, load of the stages, frames between them, and how far apart
/// sound and pictures begin in the output.
[[nodiscard]] std::vector<std::string> job_lines(const control::Message& facts);
/// The keys, one line each.
[[nodiscard]] std::vector<std::string> help_lines(Use use);

}  // namespace latham::viewer
