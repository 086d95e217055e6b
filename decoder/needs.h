// SPDX-License-Identifier: MIT
#pragma once

#include "decoder/source.h"
#include "sandbox/sandbox.h"

namespace latham::decoder {

/// What the input may make the decoder open beside the file that it was handed (`has_file`). The command
/// line alone decides: what the file says of itself is not to be trusted.
[[nodiscard]] sandbox::Access needs(const SourceOptions& source, bool has_file);

}  // namespace latham::decoder
