// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"
#include "viewer/orientation.h"
#include "viewer/pairs.h"

namespace latham::viewer {

/// The frame as PNG, upright and unscaled, in 16 bits where it has more than 8, with its alpha; samples that are not
/// square are noted in the file. Throws std::runtime_error.
[[nodiscard]] std::string png_of(const AVFrame& frame, Orientation orientation);

/// Writes the frames to latham-NNNN.png and, where there is a source, latham-NNNN-source.png in
/// `folder`, under the first number that is free, and returns the first one's path. Never
/// overwrites. Throws std::runtime_error or std::system_error naming the file.
std::string save_screenshot(const Taken& output, const Taken* source, const std::string& folder);

}  // namespace latham::viewer
