// SPDX-License-Identifier: MIT
#pragma once

#include "stage/stage.h"

namespace latham::viewer {

/// The viewer process: the newest frames of one edge, in a window. It takes what it can show in
/// time and skips the rest; nobody waits for it.
stage::Counters view_frames(stage::Stage& stage, int argc, char** argv);

}  // namespace latham::viewer
