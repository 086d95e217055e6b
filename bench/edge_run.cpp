// SPDX-License-Identifier: MIT
#include "bench/edge_run.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "bench/channel.h"
#include "bench/side_process.h"
#include "ringbuf/memory.h"
#include "system/pipe.h"

namespace latham::bench {
namespace {

/// All sides begin when it opens.
struct Gate {
  void open() { pipe.write.reset(); }
  [[nodiscard]] int fd() const noexcept { return pipe.read.get(); }
  Pipe pipe = make_pipe();
};

/// One edge under way. Two threads are one side that is both.
struct Edge {
  std::unique_ptr<SideProcess> producer;
  std::vector<std::unique_ptr<SideProcess>> consumers;

  [[nodiscard]] EdgeResult result() const {
    EdgeResult result{producer->result("producer"), {}};
    if (consumers.empty()) result.consumers.push_back(producer->result("consumer"));
    for (const auto& consumer : consumers) result.consumers.push_back(consumer->result("consumer"));
    return result;
  }
};

/// Generous, for it only ends what hangs: a loaded machine is slow, and slower under a tracer.
std::chrono::seconds limit_of(const SidePlan& plan, std::uint32_t edges) {
  return std::chrono::seconds(60 + 20 * static_cast<std::int64_t>(plan.seconds) + 2 * edges);
}

class Run {
 public:
  Run(const SidePlan& plan, std::uint32_t count, const Wrappers& wrappers)
      : plan_(plan), wrappers_(wrappers), edges_(count), limit_(limit_of(plan, count)) {}

  std::vector<EdgeResult> run() {
    if (plan_.transport == Transport::thread)
      start_threads();
    else
      start_processes();
    const std::vector<SideProcess*> all = sides();
    listen(all, limit_, &SideProcess::is_ready);
    gate_.open();
    listen(all, limit_, &SideProcess::has_ended);
    std::vector<EdgeResult> results;
    for (const Edge& edge : edges_) results.push_back(edge.result());
    return results;
  }

 private:
  void start_threads() {
    for (Edge& edge : edges_)
      edge.producer = std::make_unique<SideProcess>("both", plan_, std::vector<UniqueFd>(),
                                                    gate_.fd(), wrappers_.producer);
  }

  /// Producers first, as in a session: a pool is sealed once its producer has mapped it, before
  /// anybody else does.
  void start_processes() {
    std::vector<Channel> channels;
    for (Edge& edge : edges_) {
      channels.push_back(make_channel(plan_.transport, plan_.consumers));
      edge.producer = std::make_unique<SideProcess>("producer", plan_, channels.back().producer,
                                                    gate_.fd(), wrappers_.producer);
      channels.back().producer.clear();
    }
    listen(sides(), limit_, &SideProcess::is_ready);
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (channels[i].pool) ringbuf::seal_pool(channels[i].pool.get());
      for (const std::vector<UniqueFd>& fds : channels[i].consumers)
        edges_[i].consumers.push_back(
            std::make_unique<SideProcess>("consumer", plan_, fds, gate_.fd(), wrappers_.consumer));
    }
  }

  /// Consumers first: their complaint is the cause where both complain.
  [[nodiscard]] std::vector<SideProcess*> sides() const {
    std::vector<SideProcess*> all;
    for (const Edge& edge : edges_)
      for (const auto& consumer : edge.consumers) all.push_back(consumer.get());
    for (const Edge& edge : edges_) all.push_back(edge.producer.get());
    return all;
  }

  const SidePlan& plan_;
  const Wrappers& wrappers_;
  Gate gate_;
  std::vector<Edge> edges_;
  std::chrono::seconds limit_;
};

}  // namespace

double EdgeResult::fps(const SideResult& of) const {
  return static_cast<double>(of.frames) / std::max(of.seconds, producer.seconds);
}

double EdgeResult::fps() const {
  double slowest = std::numeric_limits<double>::infinity();
  for (const SideResult& side : consumers) slowest = std::min(slowest, fps(side));
  return slowest;
}

EdgeResult run_edge(const SidePlan& plan, const Wrappers& wrappers) {
  return run_edges(plan, 1, wrappers).front();
}

std::vector<EdgeResult> run_edges(const SidePlan& plan, std::uint32_t count,
                                  const Wrappers& wrappers) {
  return Run(plan, count, wrappers).run();
}

}  // namespace latham::bench
