// SPDX-License-Identifier: MIT
#pragma once

#include "decoder/source.h"
#include "stage/stage.h"

namespace latham::decoder {

/// Decodes a file for somebody who watches it: one stream of video on the edge, one of sound and one of
/// subtitles beside it, timestamps from zero, going to other places by the command `seek` and staying at the end of the
/// file until `stop`. How a seek travels: docs/process-model.md, section 8.
stage::Counters play_file(stage::Stage& stage, const SourceOptions& options);

}  // namespace latham::decoder
