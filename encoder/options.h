// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  AVRational aspect{0, 1};               ///< -aspect, of the whole picture; 0/1 where not given.
  std::optional<bool> top_first;         ///< -top
  std::string forced_keys;               ///< -force_key_frames
  int passes = 0;                        ///< -pass; see PassLog.
  std::string pass_prefix;               ///< -passlogfile
  double quality = -1;                   ///< -q:v; -1 where not given.
  bool filtered = false;   ///< The user gave -vf: frame durations are no longer the source's.
  bool static_hdr = true;  ///< HDR10 metadata of the frames is handed to encoder and container.
  bool stop_at_errors = false;  ///< -xerror
  std::string threads;
  std::string log_level;
  std::vector<std::string>
      remarks;  ///< What the user should know of these choices, a sentence each.
  media::OptionList avoptions;
  media::OptionList audio_options;  ///< AVOptions given with ':a', for sound that is encoded.

  /// Where the bytes go.
  enum class Target : std::uint8_t { file, none, self };
  [[nodiscard]] Target target() const;
  /// The pixel formats that a filter may deliver: names joined by '|', empty for any.
  [[nodiscard]] std::string accepted_formats() const;
  /// Those that the encoder takes without -pix_fmt, in the same form.
  [[nodiscard]] std::string normal_formats() const;
};

/// Throws StageFailure(usage) for unknown formats, codecs and values, with the nearest name.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace latham::encoder
