// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"
#include "viewer/geometry.h"

namespace latham::viewer {

/// The code values of one pixel as they lie in the frame, "Y 120 Cb 90 Cr 180"; of chroma the sample
/// that covers it. "" outside the frame.
[[nodiscard]] std::string code_values(const AVFrame& frame, Point at);

}  // namespace latham::viewer
