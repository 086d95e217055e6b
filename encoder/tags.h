// SPDX-License-Identifier: MIT
#pragma once

#include "encoder/options.h"

namespace latham::encoder {

class OutputPlan;

/// Titles, languages and other tags, chapters and dispositions of the output: those of the inputs as
/// ffmpeg carries them over, then what -map_metadata, -map_chapters, -metadata and -disposition say. Throws
/// StageFailure(usage) for what these name and is not there.
void write_tags(const Options& options, OutputPlan& plan);

}  // namespace latham::encoder
