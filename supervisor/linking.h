// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringbuf/input_position.h"
#include "ringbuf/pool_end.h"
#include "supervisor/edges.h"
#include "supervisor/job.h"
#include "supervisor/pipeline.h"
#include "supervisor/watch.h"

namespace latham::supervisor {

/// The memory of one edge.
struct EdgeGeometry {
  std::uint32_t slots;
  std::uint32_t entries;
  std::uint64_t slot_bytes;
};
[[nodiscard]] EdgeGeometry edge_geometry(std::uint32_t slots);

/// What joins the stages of a job, kept so that a dead stage's successor can be joined in its place.
/// Over pipes there is little of it.
struct Links {
  struct Edge {
    UniqueFd pool;                 ///< Read-only once its producer has mapped it.
    std::vector<UniqueFd> claims;  ///< One for each consumer; they outlive an incarnation of it.
    std::uint32_t incarnation = 1;
    ringbuf::PoolEnd before;  ///< How far earlier incarnations came, all together.
  };
  std::uint64_t session = 0;
  EdgeGeometry geometry{};
  std::vector<UniqueFd> bells;      ///< One for each stage.
  std::vector<UniqueFd> positions;  ///< Where each decoder is in its input; over pipes, too.
  std::vector<Edge> edges;          ///< In the pipeline's order.
};

/// Where the decoder of that input, which is dead, was in it; at its beginning where no frame has flown.
[[nodiscard]] ringbuf::InputPosition last_position(const Links& links, std::size_t input);

/// How far the producers of an edge came, all together; the last one is dead, or dying: then a little further. Nothing
/// where the last one has damaged its pool.
[[nodiscard]] std::optional<ringbuf::PoolEnd> end_of(const Links::Edge& edge);

/// Makes the memory or the pipes between the stages and hands to each stage its ends, and the
/// outputs to the encoders (`outputs`: one for each, -1 for none). Returns once every stage has taken them.
/// Nobody but its producer can write a pool afterwards. The edges that it returns are what late
/// consumers join; there are none where frames travel through pipes.
[[nodiscard]] Edges join_stages(Watch& watch, const Pipeline& pipeline, const Job& job,
                                std::span<const int> outputs, Links& links);

/// Joins the successor of a dead decoder or filter, which is ready, in its place: new memory for what it
/// gives, and the old claims on what it is given, by which it is given again what was not finished. Its
/// consumers move over first. Returns once all have taken their ends. Throws where the dead pool is damaged.
void join_successor(Watch& watch, const Pipeline& pipeline, const Job& job, Links& links,
                    std::size_t stage);

}  // namespace latham::supervisor
