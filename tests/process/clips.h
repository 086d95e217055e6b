// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

/// Small clips of every kind, made by the ffmpeg command when first asked for and kept beside the
/// test programs.
namespace latham::test {

/// The path of the clip `name`. Throws std::runtime_error with ffmpeg's words where it cannot be
/// made.
[[nodiscard]] std::string clip(const std::string& name);

/// The names of the clips with pictures of each kind that decoders give.
[[nodiscard]] const std::vector<std::string>& picture_clips();

}  // namespace latham::test
