// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

namespace latham::media {

/// " did you mean 'libx264'?" for the name of an encoder or decoder that there is not, or "".
[[nodiscard]] std::string nearest_codec(const std::string& name, AVMediaType type, bool encoder);

}  // namespace latham::media
