// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "encoder/options.h"
#include "media/stream_table.h"

namespace latham::encoder {

/// Why the container's muxer would not begin a file with a copy of this stream: it is let write a header into memory,
/// for what it takes hangs on more than the codec (a sample rate, -strict). Nothing where it would, or where
/// it makes files of its own and cannot be asked.
[[nodiscard]] std::optional<std::string> refusal_to_copy(const Options& options,
                                                         const media::StreamEntry& source);

}  // namespace latham::encoder
