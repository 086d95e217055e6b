// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>

#include "supervisor/view_options.h"

namespace latham::supervisor {

/// Plays a file in a window: a decoder and a viewer, which are this session's stages, so that the end
/// of either is its end. Returns the exit code; throws Failure.
[[nodiscard]] int play_file(const ViewOptions& options, const std::string& folder, std::FILE* out);

}  // namespace latham::supervisor
