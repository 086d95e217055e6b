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
#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// Room for the largest frame that we foresee, 8K in 16 bit with alpha. Pages are taken only when a
/// frame is written there, so this costs address space and nothing else.
constexpr std::uint64_t kSlotBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPacketRingBytes = std::uint64_t{8} << 20;

using Fds = std::vector<int>;

std::uint64_t new_session() {
  std::uint64_t session = 0;
  const auto got = uninterrupted([&] { return ::getrandom(&session, sizeof(session), 0); });
  if (got != static_cast<ssize_t>(sizeof(session))) throw_errno("get a random session number");
  return session;
}

/// The system's own limit for a pipe's buffer, which anybody may use.
int largest_pipe() {
  int bytes = 1 << 20;
  if (std::FILE* limit = std::fopen("/proc/sys/fs/pipe-max-size", "re")) {
    int read = 0;
    if (std::fscanf(limit, "%d", &read) == 1 && read > 0) bytes = read;
    std::fclose(limit);
  }
  return bytes;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("create a pipe");
  Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Refused where the user has too many large pipes already; it is slower then, and works.
  ::fcntl(made.write.get(), F_SETPIPE_SZ, largest_pipe());
  return made;
}

UniqueFd copy_of(const UniqueFd& fd) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("copy a descriptor");
  return copy;
}

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += fmt::format("{}{}", text.empty() ? "" : ",", number);
  return text;
}

control::Message packets_out(const PacketPlan& packets, const char* transport) {
  return {"packets-out",
          {{"copied", list(packets.copied)},
           {"decoded", list(packets.decoded)},
           {"transport", transport}},
          {}};
}

control::Message packets_in(const PacketPlan& packets, const char* transport) {
  return {
      "packets-in", {{"input", fmt::format("{}", packets.input)}, {"transport", transport}}, {}};
}

control::Message produce(const EdgePlan& edge, const char* transport) {
  control::Message message{"produce",
                           {{"edge", fmt::format("{}", edge.number)},
                            {"stream", fmt::format("{}", edge.stream)},
                            {"transport", transport}},
                           {}};
  for (std::size_t i = 0; i < edge.filters.size(); ++i)
    message.fields[fmt::format("filter{}", i)] = edge.filters[i];
  return message;
}

/// Sends link messages and waits for what stages owe.
class Linker {
 public:
  Linker(Watch& watch, const Pipeline& pipeline, const Job& job)
      : watch_(watch), pipeline_(pipeline), job_(job) {}

  [[nodiscard]] Edges join_by_memory(std::uint64_t frame_bytes);
  void join_by_pipes();
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
        if (watch_.stage(i).links_owed > 0) return false;
      }
      return true;
    });
  }

  void give_bells();
  void give_pools(std::uint64_t frame_bytes);
  void join_edge(const EdgePlan& edge);
  void join_packets(const PacketPlan& packets);
  [[nodiscard]] Edges open_edges();

  [[nodiscard]] const UniqueFd& pool_of(std::uint32_t edge) const { return pools_[edge - 1]; }

  Watch& watch_;
  const Pipeline& pipeline_;
  const Job& job_;
  std::uint64_t session_ = new_session();
  std::vector<UniqueFd> bells_;  ///< One for each stage.
  std::vector<UniqueFd> pools_;  ///< One for each edge; read-only once handed to the producer.
};

Edges Linker::join_by_memory(std::uint64_t frame_bytes) {
  give_bells();
  give_pools(frame_bytes);
  for (const EdgePlan& edge : pipeline_.edges) join_edge(edge);

  for (const PacketPlan& packets : pipeline_.packets) join_packets(packets);
  settle();
  return open_edges();
}

void Linker::join_packets(const PacketPlan& packets) {
  const UniqueFd ring = ringbuf::create_packet_ring(kPacketRingBytes);
  const UniqueFd ring_ro = ringbuf::reopen_read_only(ring.get());
  const UniqueFd reader = ringbuf::create_packet_reader();
  const UniqueFd reader_ro = ringbuf::reopen_read_only(reader.get());
  send(packets.producer, packets_out(packets, "shm"),
       {ring.get(), reader_ro.get(), bells_[packets.consumer].get()});
  send(packets.consumer, packets_in(packets, "shm"),
       {ring_ro.get(), reader.get(), bells_[packets.producer].get()});
}

Edges Linker::open_edges() {
  Edges edges(session_);
  for (const EdgePlan& plan : pipeline_.edges) {
    OpenEdge edge;
    edge.number = plan.number;
    edge.producer = &watch_.stage(plan.producer);
    edge.pool = std::move(pools_[plan.number - 1]);
    edge.bell = copy_of(bells_[plan.producer]);
    edge.upstream = plan.upstream;
    std::fill_n(edge.taken.begin(), plan.consumers.size(), true);
    edges.add(std::move(edge));
  }
  return edges;
}

void Linker::give_bells() {
  for (std::size_t i = 0; i < pipeline_.stages.size(); ++i) {
    bells_.push_back(ringbuf::create_bell());
    send(i, {"bell", {}, {}}, {bells_[i].get()});
    // A stage that sleeps hears a command at once instead of at its next look.
    auto ringer = std::make_shared<ringbuf::BellRinger>(copy_of(bells_[i]));
    watch_.stage(i).ring = [ringer] { ringer->ring(); };
  }
}

/// Producers first: a pool is sealed once its producer has mapped it, and only then do others see
/// it.
void Linker::give_pools(std::uint64_t frame_bytes) {
  const EdgeGeometry geometry = edge_geometry(job_.globals.slots, frame_bytes);
  for (const EdgePlan& edge : pipeline_.edges) {
    pools_.push_back(ringbuf::create_pool({session_, edge.number, 1},
                                          {geometry.slots, geometry.entries, geometry.slot_bytes}));
    send(edge.producer, produce(edge, "shm"), {pools_.back().get()});
  }
  settle();
  for (UniqueFd& pool : pools_) {
    ringbuf::seal_pool(pool.get());
    pool = ringbuf::reopen_read_only(pool.get());
  }
}

void Linker::join_edge(const EdgePlan& edge) {
  const std::string number = fmt::format("{}", edge.number);
  for (std::size_t i = 0; i < edge.consumers.size(); ++i) {
    const ConsumerPlan& consumer = edge.consumers[i];
    const UniqueFd claims =
        ringbuf::create_claims({session_, edge.number, 0}, static_cast<std::uint32_t>(i));
    const UniqueFd claims_ro = ringbuf::reopen_read_only(claims.get());
    const std::map<std::string, std::string> fields = {
        {"edge", number},
        {"index", fmt::format("{}", i)},
        {"stream", fmt::format("{}", consumer.stream)},
        {"policy", std::string(word(consumer.policy))},
        {"transport", "shm"}};
    send(consumer.stage, {"consume", fields, {}},
         {pool_of(edge.number).get(), claims.get(), bells_[edge.producer].get()});
    for (const std::uint32_t upstream : edge.upstream)
      send(consumer.stage, {"pool", {{"edge", fmt::format("{}", upstream)}}, {}},
           {pool_of(upstream).get()});
    send(edge.producer, {"consumer", fields, {}}, {claims_ro.get(), bells_[consumer.stage].get()});
  }
  settle();
}

void Linker::join_by_pipes() {
  give_bells();
  for (const EdgePlan& edge : pipeline_.edges) {
    const std::string number = fmt::format("{}", edge.number);
    for (const ConsumerPlan& consumer : edge.consumers) {
      const Pipe pipe = make_pipe();
      send(edge.producer, produce(edge, "pipe"), {pipe.write.get()});
      send(consumer.stage,
           {"consume",
            {{"edge", number},
             {"index", "0"},
             {"stream", fmt::format("{}", consumer.stream)},
             {"policy", "lossless"},
             {"transport", "pipe"}},
            {}},
           {pipe.read.get()});
    }
  }
  for (const PacketPlan& packets : pipeline_.packets) {
    const Pipe pipe = make_pipe();
    send(packets.producer, packets_out(packets, "pipe"), {pipe.write.get()});
    send(packets.consumer, packets_in(packets, "pipe"), {pipe.read.get()});
  }
  settle();
}

}  // namespace

EdgeGeometry edge_geometry(std::uint32_t slots, std::uint64_t frame_bytes) {
  // Twice as many entries as slots, so that one frame kept long does not stop those behind it.
  const std::uint32_t entries = std::min(std::bit_ceil(slots) * 2, ringbuf::kMaxEntries);
  const std::uint64_t pages = std::max(kSlotBytes, frame_bytes) / kPage + 1;
  return {std::min(slots, entries), entries,
          frame_bytes <= kSlotBytes ? kSlotBytes : pages * kPage};
}

Edges join_stages(Watch& watch, const Pipeline& pipeline, const Job& job, std::uint64_t frame_bytes,
                  std::span<const int> outputs) {
  Linker linker(watch, pipeline, job);
  Edges edges;
  if (job.globals.transport == Transport::shm) {
    edges = linker.join_by_memory(frame_bytes);
  } else {
    linker.join_by_pipes();
  }
  linker.hand_over_outputs(outputs);
  return edges;
}

}  // namespace latham::supervisor
