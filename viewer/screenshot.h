// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

namespace latham::viewer {

/// The frame as PNG, unscaled, in 16 bits where it has more than 8; samples that are not square are
/// noted in the file. Throws std::runtime_error.
[[nodiscard]] std::string png_of(const AVFrame& frame);

/// Writes the frame to latham-NNNN.png in `folder` under the first number that is free, and returns
/// the path. Never overwrites. Throws std::runtime_error or std::system_error naming the file.
std::string save_screenshot(const AVFrame& frame, const std::string& folder);

}  // namespace latham::viewer
