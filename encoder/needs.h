// SPDX-License-Identifier: MIT
#pragma once

#include "encoder/options.h"
#include "sandbox/sandbox.h"

namespace latham::encoder {

/// What the encoder opens beside the output that it is handed: the files and addresses of muxers that
/// make their own, statistics of two passes, and what codec options name.
[[nodiscard]] sandbox::Access needs(const Options& options);

}  // namespace latham::encoder
