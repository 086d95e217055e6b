// SPDX-License-Identifier: MIT
#pragma once

#include "stage/stage.h"

namespace latham::decoder {

/// The decoder process: file in, frames out on the edge, copied packets out beside them.
stage::Counters decode_file(stage::Stage& stage, int argc, char** argv);

}  // namespace latham::decoder
