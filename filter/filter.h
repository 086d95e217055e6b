// SPDX-License-Identifier: MIT
#pragma once

#include "stage/stage.h"

namespace latham::filter {

/// The filter process: frames in from one edge, through one libavfilter graph, out on the next.
stage::Counters filter_frames(stage::Stage& stage, int argc, char** argv);

}  // namespace latham::filter
