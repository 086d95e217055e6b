// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace latham::media {

/// Takes over FFmpeg's log: lines up to `level` (ffmpeg's number) go to standard error under the stage's name;
/// the last error line is kept for our own messages, and the rest is dropped.
void capture_log(const std::string& stage, int level);

/// FFmpeg's last line of level error or worse since the previous call, without its newline, or "".
[[nodiscard]] std::string last_log_line();

}  // namespace latham::media
