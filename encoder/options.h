// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "encoder/copy_gate.h"
#include "encoder/stream_options.h"
#include "media/stream_table.h"

namespace latham::encoder {

/// The encoder's command line: what is said of the output as a whole, and what is said of its streams,
/// which is looked up once these are known.
struct Options {
  std::string name;  ///< The output as the user gave it; "-" for standard output.
  const AVOutputFormat* format = nullptr;
  std::size_t inputs = 1;                       ///< Tables of inputs that will come.
  std::vector<std::string> maps;                ///< -map, in order; empty: our own choice.
  std::vector<media::StreamEntry> attachments;  ///< -attach, in order.
  bool no_video = false, no_audio = false, no_subtitles = false, no_data = false;
  StreamOptions streams;        ///< -c, -r, -filter, -metadata and all that may have a specifier.
  media::OptionList avoptions;  ///< FFmpeg's own, with their specifiers.
  std::string chapters;         ///< -map_chapters; empty for the first input that has any.
  std::string fps_mode;         ///< -fps_mode; empty for auto.
  OutputTime time;
  std::string timecode;         ///< -timecode, of the first picture.
  std::int64_t segment_us = 0;  ///< Of --resumable; 0 where it was not given.
  double mux_delay = 0.7;       ///< -muxdelay, seconds.
  double mux_preload = 0;       ///< -muxpreload, seconds.
  bool static_hdr = true;  ///< HDR10 metadata of the frames is handed to encoder and container.
  bool shortest = false;   ///< -shortest
  bool stop_at_errors = false;  ///< -xerror
  bool to_the_end = false;      ///< Frames past -frames are taken still: others share their source.
  int log_level = 0;            ///< ffmpeg's number.

  /// Where the bytes go.
  enum class Target : std::uint8_t { file, none, self };
  [[nodiscard]] Target target() const;
  [[nodiscard]] bool is_local_socket() const;
};

/// Throws StageFailure(usage) for an unknown format and for values that make no sense.
[[nodiscard]] Options read_options(int argc, char** argv);

}  // namespace latham::encoder
