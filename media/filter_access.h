// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "sandbox/sandbox.h"

namespace latham::media {

/// What the filters of a graph may open, going by their names and options in FFmpeg: files to read (fonts,
/// look-up tables, subtitles), files to write (statistics), devices. A name that nobody knows needs nothing.
[[nodiscard]] sandbox::Access filter_access(const std::string& graph);

/// Both needs together.
[[nodiscard]] sandbox::Access operator|(const sandbox::Access& a, const sandbox::Access& b);

}  // namespace latham::media
