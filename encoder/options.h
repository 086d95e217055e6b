// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "media/avoptions.h"

namespace latham::encoder {

/// The encoder's command line, its names looked up.
struct Options {
  std::string name;  ///< The output as the user gave it; "-" for standard output.
  const AVOutputFormat* format = nullptr;
  const AVCodec* codec = nullptr;
  AVRational rate{0, 1};                 ///< -r; 0/1 where not given.
  std::string fps_mode;                  ///< -fps_mode; empty for auto.
  std::string pixel_format;              ///< -pix_fmt; empty for the encoder's choice.
  std::int64_t most_frames = INT64_MAX;  ///< -frames:v
  double quality = -1;                   ///< -q:v; -1 where not given.
  bool filtered = false;   ///< The user gave -vf: frame durations are no longer the source's.
  bool static_hdr = true;  ///< HDR10 metadata of the frames is handed to encoder and container.
  bool stop_at_errors = false;  ///< -xerror
  std::string threads;
  std::string log_level;
  media::OptionList avoptions;
  media::OptionList audio_options;  ///< AVOptions given with ':a', for sound that is encoded.

  /// Where the bytes go.
  enum class Target : std::uint8_t { file, none, self };
  [[nodiscard]] Target target() const;
  /// The pixel formats that a filter may deliver: names joined by '|', empty for any.
  [[nodiscard]] std::string accepted_formats() const;
};

/// Throws StageFailure(usage) for unknown formats, codecs and values, with the nearest name.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace latham::encoder
