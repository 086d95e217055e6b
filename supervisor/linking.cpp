// SPDX-License-Identifier: MIT
#include "supervisor/linking.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <memory>
#include <utility>

#include "control/message.h"
#include "ringbuf/doorbell.h"
#include "ringbuf/memory.h"
#include "ringbuf/packet_ring.h"
#include "supervisor/link_messages.h"
#include "system/error.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// Room for the largest frame that we foresee, 8K in 16 bit with alpha. Pages are taken only when a
/// frame is written there, so this costs address space and nothing else.
constexpr std::uint64_t kSlotBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kPacketRingBytes = std::uint64_t{8} << 20;

using Fds = std::vector<int>;

std::uint64_t new_session() {
  std::uint64_t session = 0;
  const auto got = uninterrupted([&] { return ::getrandom(&session, sizeof(session), 0); });
  if (got != static_cast<ssize_t>(sizeof(session))) throw_errno("get a random session number");
  return session;
}

/// Of one packet ring, both sides.
struct PacketMemory {
  UniqueFd ring;
  UniqueFd ring_ro;
  UniqueFd reader;
  UniqueFd reader_ro;
};

PacketMemory make_packet_memory() {
  PacketMemory memory;
  memory.ring = ringbuf::create_packet_ring(kPacketRingBytes);
  memory.ring_ro = ringbuf::reopen_read_only(memory.ring.get());
  memory.reader = ringbuf::create_packet_reader();
  memory.reader_ro = ringbuf::reopen_read_only(memory.reader.get());
  return memory;
}

UniqueFd copy_of(const UniqueFd& fd) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("copy a descriptor");
  return copy;
}

/// Sends link messages and waits for what stages owe.
class Linker {
 public:
  Linker(Watch& watch, const Pipeline& pipeline, const Job& job, Links& links)
      : watch_(watch), pipeline_(pipeline), job_(job), links_(links) {}

  [[nodiscard]] Edges join_by_memory();
  void join_by_pipes();
  void join_successor(std::size_t stage);
  void hand_over_outputs(std::span<const int> outputs) {
    const std::size_t first = pipeline_.stages.size() - outputs.size();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] >= 0) send(first + i, {"output", {}, {}}, {outputs[i]});
    settle();
  }

 private:
  void send(std::size_t stage, const control::Message& message, const Fds& fds) {
    watch_.stage(stage).link(message, fds);
  }

  /// Until every message sent was taken.
  void settle() {
    watch_.until([this] {
      for (std::size_t i = 0; i < pipeline_.stages.size(); ++i) {
        const Stage& stage = watch_.stage(i);
        if (stage.links_owed > 0 && !stage.done) return false;
      }
      return true;
    });
  }

  void give_bells();
  void give_bell(std::size_t stage);
  void give_position(std::size_t stage);
  void give_pools();
  void make_pool(const EdgePlan& edge);
  void seal_pool(const EdgePlan& edge);
  void join_edge(const EdgePlan& edge, const char* word);
  void hand_ends(const EdgePlan& edge, std::size_t consumer, const char* word);
  void present(const EdgePlan& edge, std::size_t consumer);
  void join_consumer_again(const EdgePlan& edge, std::size_t consumer);
  void join_packets();
  void join_packet_successor(const PacketPlan& packets);
  void hand_to_reader(const PacketPlan& packets, const PacketMemory& memory,
                      const control::Message& message);
  void hand_to_writer(const PacketPlan& packets, const PacketMemory& memory,
                      const control::Message& message);
  void hand_downstream(const EdgePlan& edge);
  [[nodiscard]] Edges open_edges();

  [[nodiscard]] Links::Edge& links_of(std::uint32_t edge) const { return links_.edges[edge - 1]; }
  [[nodiscard]] const UniqueFd& pool_of(std::uint32_t edge) const { return links_of(edge).pool; }

  Watch& watch_;
  const Pipeline& pipeline_;
  const Job& job_;
  Links& links_;
};

Edges Linker::join_by_memory() {
  give_bells();
  give_pools();
  for (const EdgePlan& edge : pipeline_.edges) join_edge(edge, "consume");
  join_packets();
  return open_edges();
}

/// Readers first, as after a death, where they alone know how many messages have come whole. Each page is
/// sealed once the one that writes it has mapped it.
void Linker::join_packets() {
  std::vector<PacketMemory> memory(pipeline_.packets.size());
  for (std::size_t i = 0; i < memory.size(); ++i) {
    memory[i] = make_packet_memory();
    hand_to_reader(pipeline_.packets[i], memory[i],
                   packets_in(pipeline_.packets[i], Transport::shm));
  }
  settle();
  for (std::size_t i = 0; i < memory.size(); ++i)
    hand_to_writer(pipeline_.packets[i], memory[i],
                   packets_out(pipeline_.packets[i], Transport::shm));
  settle();
  for (const PacketMemory& each : memory) ringbuf::seal_region(each.ring.get(), "a packet ring");
}

void Linker::hand_to_reader(const PacketPlan& packets, const PacketMemory& memory,
                            const control::Message& message) {
  send(packets.consumer, message,
       {memory.ring_ro.get(), memory.reader.get(), links_.bells[packets.producer].get()});
}

/// Once the reader has mapped its page.
void Linker::hand_to_writer(const PacketPlan& packets, const PacketMemory& memory,
                            const control::Message& message) {
  ringbuf::seal_region(memory.reader.get(), "a packet ring's reader page");
  send(packets.producer, message,
       {memory.ring.get(), memory.reader_ro.get(), links_.bells[packets.consumer].get()});
}

void Linker::join_packet_successor(const PacketPlan& packets) {
  const PacketMemory memory = make_packet_memory();
  control::Message successor = packets_in(packets, Transport::shm);
  successor.word = "packets-successor";
  hand_to_reader(packets, memory, successor);
  settle();
  control::Message message = packets_out(packets, Transport::shm);
  const control::Message& linked = watch_.stage(packets.consumer).linked;
  const auto said = [&](const char* field) {
    return fmt::format("{}", std::max<std::int64_t>(linked.number(field).value_or(0), 0));
  };
  message.fields["before"] = said("messages");
  message.fields["read"] = said("read");
  hand_to_writer(packets, memory, message);
  settle();
  ringbuf::seal_region(memory.ring.get(), "a packet ring");
}

Edges Linker::open_edges() {
  Edges edges(links_.session);
  for (const EdgePlan& plan : pipeline_.edges) {
    OpenEdge edge;
    edge.number = plan.number;
    edge.producer = &watch_.stage(plan.producer);
    edge.pool = copy_of(pool_of(plan.number));
    edge.bell = copy_of(links_.bells[plan.producer]);
    edge.upstream = plan.upstream;
    edge.consumers = plan.consumers.size();
    std::fill_n(edge.taken.begin(), edge.consumers, true);
    edges.add(std::move(edge));
  }
  return edges;
}

void Linker::give_bells() {
  for (std::size_t i = 0; i < pipeline_.stages.size(); ++i) {
    links_.bells.push_back(ringbuf::create_bell());
    give_bell(i);
  }
  links_.positions.resize(job_.inputs.size());
  for (std::size_t i = 0; i < job_.inputs.size(); ++i) give_position(i);
}

/// To the decoder of an input: a new page for each, so that it says nothing of the one before.
void Linker::give_position(std::size_t stage) {
  links_.positions[stage] = ringbuf::create_input_position();
  send(stage, {"position", {}, {}}, {links_.positions[stage].get()});
}

void Linker::give_bell(std::size_t stage) {
  send(stage, {"bell", {}, {}}, {links_.bells[stage].get()});
  // A stage that sleeps hears a command at once instead of at its next look.
  auto ringer = std::make_shared<ringbuf::BellRinger>(copy_of(links_.bells[stage]));
  watch_.stage(stage).ring = [ringer] { ringer->ring(); };
}

/// Producers first: a pool is sealed once its producer has mapped it, and only then do others see
/// it.
void Linker::give_pools() {
  links_.session = new_session();
  links_.geometry = edge_geometry(job_.globals.slots);
  links_.edges.resize(pipeline_.edges.size());
  for (const EdgePlan& edge : pipeline_.edges) make_pool(edge);
  settle();
  for (const EdgePlan& edge : pipeline_.edges) seal_pool(edge);
}

void Linker::make_pool(const EdgePlan& edge) {
  Links::Edge& links = links_of(edge.number);
  const EdgeGeometry& geometry = links_.geometry;
  links.pool = ringbuf::create_pool({links_.session, edge.number, links.incarnation},
                                    {geometry.slots, geometry.entries, geometry.slot_bytes});
  control::Message message = produce(edge, Transport::shm);
  if (links.incarnation > 1) {
    message.fields["before"] = fmt::format("{}", links.before.published);
    message.fields["origin"] = fmt::format("{}", links.before.origin);
  }
  send(edge.producer, message, {links.pool.get()});
}

void Linker::seal_pool(const EdgePlan& edge) {
  UniqueFd& pool = links_of(edge.number).pool;
  ringbuf::seal_pool(pool.get());
  pool = ringbuf::reopen_read_only(pool.get());
}

void Linker::hand_ends(const EdgePlan& edge, std::size_t consumer, const char* word) {
  const Links::Edge& links = links_of(edge.number);
  Fds ends = {links.pool.get(), links.claims[consumer].get(), links_.bells[edge.producer].get()};
  for (const std::uint32_t upstream : edge.upstream) ends.push_back(pool_of(upstream).get());
  control::Message message{word, consumer_fields(edge, consumer), {}};
  if (links.incarnation > 1) message.fields["before"] = fmt::format("{}", links.before.published);
  send(edge.consumers[consumer].stage, message, ends);
}

/// Its new pool, to those further down to whom its frames may be shown.
void Linker::hand_downstream(const EdgePlan& edge) {
  for (const EdgePlan& down : pipeline_.edges) {
    if (std::find(down.upstream.begin(), down.upstream.end(), edge.number) == down.upstream.end())
      continue;
    for (const ConsumerPlan& consumer : down.consumers)
      send(consumer.stage,
           {"pool",
            {{"edge", fmt::format("{}", edge.number)},
             {"stream", fmt::format("{}", consumer.stream)}},
            {}},
           {pool_of(edge.number).get()});
  }
}

void Linker::join_edge(const EdgePlan& edge, const char* word) {
  Links::Edge& links = links_of(edge.number);
  links.claims.clear();
  for (std::size_t i = 0; i < edge.consumers.size(); ++i) {
    links.claims.push_back(
        ringbuf::create_claims({links_.session, edge.number, 0}, static_cast<std::uint32_t>(i)));
    hand_ends(edge, i, word);
  }
  settle();
  for (std::size_t i = 0; i < edge.consumers.size(); ++i) present(edge, i);
  settle();
}

/// A consumer to its producer. It has mapped its claims: nobody else can from here on.
void Linker::present(const EdgePlan& edge, std::size_t consumer) {
  const UniqueFd& claims = links_of(edge.number).claims[consumer];
  ringbuf::seal_region(claims.get(), "a claims page");
  const Stage& producer = watch_.stage(edge.producer);
  if (producer.done || producer.has_ended()) return;
  const UniqueFd claims_ro = ringbuf::reopen_read_only(claims.get());
  send(edge.producer, {"consumer", consumer_fields(edge, consumer), {}},
       {claims_ro.get(), links_.bells[edge.consumers[consumer].stage].get()});
}

/// The successor of a consumer: what its predecessor had done, on a page that it can map.
void Linker::join_consumer_again(const EdgePlan& edge, std::size_t consumer) {
  UniqueFd& claims = links_of(edge.number).claims[consumer];
  claims = ringbuf::inherit_claims({links_.session, edge.number, 0},
                                   static_cast<std::uint32_t>(consumer), claims.get());
  hand_ends(edge, consumer, "consume");
  settle();
  present(edge, consumer);
}

/// tests/model/producer_restart.pml and source_restart.pml have the order.
void Linker::join_successor(std::size_t stage) {
  give_bell(stage);
  if (stage < job_.inputs.size()) give_position(stage);
  for (const EdgePlan& edge : pipeline_.edges) {
    if (edge.producer != stage) continue;
    Links::Edge& links = links_of(edge.number);
    links.before = end_of(links).value();  // a damaged one has no successor
    ++links.incarnation;
    make_pool(edge);
    settle();
    seal_pool(edge);
    join_edge(edge, "successor");
    hand_downstream(edge);
  }
  for (const EdgePlan& edge : pipeline_.edges)
    for (std::size_t i = 0; i < edge.consumers.size(); ++i)
      if (edge.consumers[i].stage == stage) join_consumer_again(edge, i);
  for (const PacketPlan& packets : pipeline_.packets)
    if (packets.producer == stage) join_packet_successor(packets);
  settle();
  // Whoever died between looking whether a neighbour sleeps and waking it has left it asleep.
  for (const UniqueFd& bell : links_.bells) ringbuf::BellRinger(copy_of(bell)).ring_always();
}

void Linker::join_by_pipes() {
  give_bells();
  for (const EdgePlan& edge : pipeline_.edges) {
    const Pipe pipe = make_pipe();  // which has one reader
    send(edge.producer, produce(edge, Transport::pipe), {pipe.write.get()});
    send(edge.consumers.front().stage, {"consume", consumer_fields(edge, 0, Transport::pipe), {}},
         {pipe.read.get()});
  }
  for (const PacketPlan& packets : pipeline_.packets) {
    const Pipe pipe = make_pipe();
    send(packets.producer, packets_out(packets, Transport::pipe), {pipe.write.get()});
    send(packets.consumer, packets_in(packets, Transport::pipe), {pipe.read.get()});
  }
  settle();
}

}  // namespace

EdgeGeometry edge_geometry(std::uint32_t slots) {
  // Twice as many entries as slots, so that one frame kept long does not stop those behind it.
  const std::uint32_t entries = std::min(std::bit_ceil(slots) * 2, ringbuf::kMaxEntries);
  return {std::min(slots, entries), entries, kSlotBytes};
}

ringbuf::InputPosition last_position(const Links& links, std::size_t input) {
  if (input >= links.positions.size() || !links.positions[input]) return {};
  return ringbuf::last_input_position(copy_of(links.positions[input]));
}

std::optional<ringbuf::PoolEnd> end_of(const Links::Edge& edge) {
  auto end = ringbuf::end_of_dead_pool(copy_of(edge.pool));
  if (end && end->published == 0) end->origin = edge.before.origin;
  if (end) end->published += edge.before.published;
  return end;
}

Edges join_stages(Watch& watch, const Pipeline& pipeline, const Job& job,
                  std::span<const int> outputs, Links& links) {
  Linker linker(watch, pipeline, job, links);
  Edges edges;
  if (job.globals.transport == Transport::shm) {
    edges = linker.join_by_memory();
  } else {
    linker.join_by_pipes();
  }
  linker.hand_over_outputs(outputs);
  return edges;
}

void join_successor(Watch& watch, const Pipeline& pipeline, const Job& job, Links& links,
                    std::size_t stage) {
  Linker(watch, pipeline, job, links).join_successor(stage);
  for (const EdgePlan& edge : pipeline.edges)
    if (edge.producer == stage)
      watch.guests().edges().reopen(edge.number, watch.stage(stage),
                                    copy_of(links.edges[edge.number - 1].pool));
}

}  // namespace latham::supervisor
