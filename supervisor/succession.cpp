// SPDX-License-Identifier: MIT
#include "supervisor/succession.h"

#include <algorithm>

namespace latham::supervisor {

/// A filter that makes one frame of each frame can have a successor in the middle, unless somebody looks on
/// there, or everything was taken already.
bool Succession::is_possible(std::size_t stage) const {
  const Stage& dead = watch.stage(stage);
  if (dead.ready_line.get("frame_by_frame") != "1" || dead.remembers || links.edges.empty())
    return false;
  return std::none_of(pipeline.edges.begin(), pipeline.edges.end(), [&](const EdgePlan& edge) {
    if (edge.producer != stage) return false;
    if (watch.guests().edges().has_guests(edge.number)) return true;
    return std::any_of(
        edge.consumers.begin(), edge.consumers.end(),
        [&](const ConsumerPlan& consumer) { return watch.stage(consumer.stage).done; });
  });
}

bool Succession::replace(std::size_t stage, Failure crash) const {
  if (!is_possible(stage)) return false;
  while (const auto note = retries.next_of_stage(crash)) {
    report.note(*note);
    try {
      start_successor(stage);
      return true;
    } catch (const SuccessorDied& again) {
      crash = again.crash;
    }
  }
  return false;
}

void Succession::start_successor(std::size_t stage) const {
  for (const EdgePlan& edge : pipeline.edges)
    if (edge.producer == stage) watch.guests().edges().close(edge.number);
  Stage& successor = watch.replace(stage, pipeline.stages[stage], folder);
  watch.until([&] { return !successor.ready_line.word.empty(); });
  join_successor(watch, pipeline, job, links, stage);
  watch.start_frames(successor);
}

}  // namespace latham::supervisor
