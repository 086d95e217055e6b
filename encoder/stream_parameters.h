// SPDX-License-Identifier: MIT
#pragma once

#include "encoder/output_plan.h"

/// What a stream of the output has from its source before its first packet.
namespace latham::encoder {

/// A copied one: all parameters, with a tag that the container knows.
void copy_parameters(const AVFormatContext& output, const PlannedStream& planned);

/// One that is encoded anew: what the container keeps beside the packets. `static_hdr`: HDR metadata is handed
/// on by the pictures.
void keep_side_data(const PlannedStream& planned, bool static_hdr);

}  // namespace latham::encoder
