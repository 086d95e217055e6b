// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace latham::bench {

/// Seconds from the start of commands joined by pipes, the last of which prints its packets in ffmpeg's
/// framecrc format, until the line of the first packet is out. They are killed then. Throws
/// std::runtime_error when none comes.
[[nodiscard]] double seconds_to_first_packet(const std::vector<std::vector<std::string>>& commands);

}  // namespace latham::bench
