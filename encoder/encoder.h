// SPDX-License-Identifier: MIT
#pragma once

#include "stage/stage.h"

namespace latham::encoder {

/// The encoder process: frames in from the edge, copied packets in beside them, a file out.
stage::Counters encode_stream(stage::Stage& stage, int argc, char** argv);

}  // namespace latham::encoder
