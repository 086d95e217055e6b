// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/stream_table.h"

namespace latham::encoder {

/// -attach: a file as a stream of the output, which no input has: its index is -1. Throws StageFailure(input) for one
/// that cannot be read.
[[nodiscard]] media::StreamEntry attachment(const std::string& file);

}  // namespace latham::encoder
