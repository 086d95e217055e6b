// SPDX-License-Identifier: MIT
#include "supervisor/succession.h"

#include <unistd.h>

#include <algorithm>

#include "supervisor/stream_tables.h"
#include "system/error.h"

namespace latham::supervisor {

/// Unless somebody looks on there, or its consumers are done, or it has damaged what they would go on behind.
bool Succession::is_possible(std::size_t stage) const {
  if (job.globals.transport != Transport::shm) return false;
  const auto is_done = [&](std::size_t consumer) { return watch.stage(consumer).done; };
  return (can_filter_again(stage) || can_decode_again(stage)) &&
         std::none_of(pipeline.edges.begin(), pipeline.edges.end(),
                      [&](const EdgePlan& edge) {
                        if (edge.producer != stage) return false;
                        if (watch.guests().edges().has_guests(edge.number)) return true;
                        if (!end_of(links.edges[edge.number - 1])) return true;
                        return std::any_of(edge.consumers.begin(), edge.consumers.end(),
                                           [&](const ConsumerPlan& c) { return is_done(c.stage); });
                      }) &&
         std::none_of(pipeline.packets.begin(), pipeline.packets.end(),
                      [&](const PacketPlan& packets) {
                        return packets.producer == stage && is_done(packets.consumer);
                      });
}

/// One that makes one frame of each frame, and had nothing left to do in the pool of a dead decoder: what it took over
/// from there went with it.
bool Succession::can_filter_again(std::size_t stage) const {
  const Stage& dead = watch.stage(stage);
  // While frames flow only a successor is not ready yet, and there is one only where this was asked before.
  const bool was_ready = !dead.ready_line.word.empty();
  if (was_ready && (dead.ready_line.get("frame_by_frame") != "1" || dead.remembers)) return false;
  std::uint64_t from_dead_decoders = 0;
  std::uint64_t done_up_to = 0;
  for (const EdgePlan& edge : pipeline.edges) {
    const Links::Edge& links_of = links.edges[edge.number - 1];
    if (edge.producer == stage) done_up_to = end_of(links_of).value_or(ringbuf::PoolEnd{}).origin;
    if (std::any_of(edge.consumers.begin(), edge.consumers.end(),
                    [&](const ConsumerPlan& consumer) { return consumer.stage == stage; }))
      from_dead_decoders = links_of.before.published;
  }
  return done_up_to >= from_dead_decoders;
}

/// One whose input gives the same packets when it is read once more. A generator may begin by chance.
bool Succession::can_decode_again(std::size_t stage) const {
  return stage < inputs.size() && is_repeatable(job.inputs[stage], inputs[stage].fd.get()) &&
         value_of(job.inputs[stage].options, "f") != "lavfi";
}

bool Succession::replace(std::size_t stage, Failure crash) const {
  while (is_possible(stage)) {
    const auto text = retries.next_of_stage(crash, death_of(stage));
    if (!text) break;
    report.warning("", *text);
    try {
      start_successor(stage);
      return true;
    } catch (const SuccessorDied& again) {
      crash = again.crash;
    }
  }
  return false;
}

std::optional<InputDeath> Succession::death_of(std::size_t stage) const {
  if (stage >= inputs.size()) return std::nullopt;
  return InputDeath{stage, last_position(links, stage)};
}

void Succession::start_successor(std::size_t stage) const {
  for (const EdgePlan& edge : pipeline.edges)
    if (edge.producer == stage) watch.guests().edges().close(edge.number);
  Stage& successor = start_program(stage);
  watch.until([&] { return !successor.ready_line.word.empty(); });
  join_successor(watch, pipeline, job, links, stage);
  watch.start_frames(successor);
}

Stage& Succession::start_program(std::size_t stage) const {
  if (stage >= inputs.size()) return watch.replace(stage, pipeline.stages[stage], folder, {});
  const StagePlan plan = plan_decoder(job, stage, retries.bad_packets().options(stage));
  links.positions[stage].reset();  // where the dead one was says nothing of this one
  // Its table is what the encoders have from the first one.
  const UniqueFd table = create_table();
  std::vector<int> own = {table.get()};
  if (const UniqueFd& input = inputs[stage].fd) {
    if (::lseek(input.get(), 0, SEEK_SET) != 0) throw_errno("go back to the start of the input");
    own.push_back(input.get());
  }
  return watch.replace(stage, plan, folder, own);
}

}  // namespace latham::supervisor
