// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "encoder/output_plan.h"
#include "encoder/video_options.h"

namespace latham::encoder {

/// What an encoder says that it must be brought for one stream of its output: the fields of a `wants` line.
/// `video`: of a stream of pictures that is encoded; nullptr for others.
[[nodiscard]] std::map<std::string, std::string> wants_of(const PlannedStream& planned,
                                                          const VideoOptions* video);

}  // namespace latham::encoder
