// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"
#include "viewer/orientation.h"
#include "viewer/pairs.h"
#include "viewer/picture.h"

namespace latham::viewer {

/// The frame as PNG, upright and unscaled, in 16 bits where it has more than 8, with its alpha. Its values
/// stay as they are, of HDR and other primaries too; the file says what they mean, and which samples are
/// not square. Throws std::runtime_error.
[[nodiscard]] std::string png_of(const AVFrame& frame, Orientation orientation);
/// What the screen shows. Throws std::runtime_error.
[[nodiscard]] std::string png_of(const Picture& picture);

/// Writes the frames to latham-NNNN.png and, where there is a source, latham-NNNN-source.png in
/// `folder`, under the first number that is free, and returns the first one's path. Never
/// overwrites. Throws std::runtime_error or std::system_error naming the file.
std::string save_screenshot(const Taken& output, const Taken* source, const std::string& folder);

/// The same for the window as it is seen: latham-NNNN-window.png.
std::string save_window(const Picture& window, const std::string& folder);

}  // namespace latham::viewer
