// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

namespace latham::decoder {

/// The demuxer or input device of -f NAME; null where there is none. Devices (lavfi, v4l2, x11grab...) lie in
/// libavdevice, which is loaded at the first name that no demuxer has: call it once before the sandbox is
/// entered. Throws std::runtime_error where that fails.
[[nodiscard]] const AVInputFormat* find_input_format(const std::string& name);

}  // namespace latham::decoder
