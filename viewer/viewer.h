// SPDX-License-Identifier: MIT
#pragma once

#include "stage/stage.h"

namespace latham::viewer {

/// The viewer process: a window on a running job, or with -play on a file that a decoder plays.
stage::Counters view_frames(stage::Stage& stage, int argc, char** argv);

}  // namespace latham::viewer
