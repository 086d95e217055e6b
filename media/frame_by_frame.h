// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace latham::media {

/// Whether a graph makes one frame of each frame and of nothing else: no memory of other frames, no count
/// of them, no clock. A filter with such a graph can be replaced in the middle of a stream. Says no where
/// it does not know; `graph` in ffmpeg's -vf spelling.
[[nodiscard]] bool is_frame_by_frame(const std::string& graph);

}  // namespace latham::media
