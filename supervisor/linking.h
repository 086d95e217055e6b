// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "supervisor/edges.h"
#include "supervisor/job.h"
#include "supervisor/pipeline.h"
#include "supervisor/watch.h"

namespace latham::supervisor {

/// The memory of one edge. `frame_bytes` is what a decoder expects a frame to take, 0 if unknown.
struct EdgeGeometry {
  std::uint32_t slots;
  std::uint32_t entries;
  std::uint64_t slot_bytes;
};
[[nodiscard]] EdgeGeometry edge_geometry(std::uint32_t slots, std::uint64_t frame_bytes);

/// Makes the memory or the pipes between the stages and hands to each stage its ends, and the
/// outputs to the encoders (`outputs`: one for each, -1 for none). Returns once every stage has taken them.
/// Nobody but its producer can write a pool afterwards. The edges that it returns are what late
/// consumers join; there are none where frames travel through pipes.
[[nodiscard]] Edges join_stages(Watch& watch, const Pipeline& pipeline, const Job& job,
                                std::uint64_t frame_bytes, std::span<const int> outputs);

}  // namespace latham::supervisor
