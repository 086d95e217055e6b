// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace latham::media {

/// Prints what FFmpeg knows of one of its parts, with all of the part's options: `encoder=libx264`,
/// `decoder=`, `muxer=`, `demuxer=` or `filter=`. False where there is no such part, or no such kind.
[[nodiscard]] bool describe(std::string_view part);

}  // namespace latham::media
