// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>

namespace latham::supervisor {

/// What `latham view` was asked for. Neither a session nor a file: the only session.
struct ViewOptions {
  std::optional<pid_t> session;
  std::string file;
  std::optional<int> loglevel;  ///< ffmpeg's number.
  std::string input_format;     ///< These for a file only. -f
  std::string start;            ///< -ss, as given: seconds or h:mm:ss.
  bool loop = false;
  bool no_audio = false;
  bool no_subtitles = false;
};

/// Reads the arguments after `latham view`. A number is a session, anything else a file. Throws
/// Failure(usage).
[[nodiscard]] ViewOptions parse_view(std::span<const std::string> args);

}  // namespace latham::supervisor
