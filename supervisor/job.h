// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace latham::supervisor {

enum class Transport : std::uint8_t { shm, pipe };

/// `-name value` for a codec or a container, handed on as it is; the name without its dash and
/// without a stream specifier.
using AvOptions = std::vector<std::pair<std::string, std::string>>;

/// One transcode, as the command line asked for it. Plain data: nothing was opened or looked at.
/// An empty string means that the option was not given.
struct Job {
  std::string input;   ///< Name as given; "-" is standard input.
  std::string output;  ///< Name as given; "-" is standard output.

  // Before -i.
  std::string input_format;
  AvOptions decoder_options;
  std::optional<std::int64_t> decoder_threads;
  std::int64_t stream_loop = 0;  ///< Further rounds; -1 is for ever.

  // After -i.
  std::string output_format;
  std::string video_codec;
  std::string audio_codec;
  std::string video_filter;
  std::string rate;
  std::string fps_mode;
  std::string pix_fmt;
  std::string size;
  std::string quality;
  std::optional<std::int64_t> frame_limit;
  AvOptions encoder_options;
  bool no_audio = false;
  bool no_subtitles = false;
  bool no_data = false;

  // For all of it.
  bool overwrite = false;      ///< -y
  bool keep_existing = false;  ///< -n
  bool stop_on_error = false;  ///< -xerror
  bool show_progress = true;   ///< Not -nostats.
  std::string loglevel;
  Transport transport = Transport::shm;
  std::uint32_t slots = 64;      ///< Frames that fit into one edge's pool.
  bool view = false;             ///< A window shows what the encoder is given.
  bool keep_view = false;        ///< It stays open after the job.
  double stage_timeout_s = 0.0;  ///< Seconds without progress before a stage is killed; 0 is never.
};

}  // namespace latham::supervisor
