// SPDX-License-Identifier: MIT
#include "bench/latency_bench.h"

#include "bench/bare_semaphore.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;

void add_round(LatencyRow& row, const SideResult& consumer) {
  row.p50.push_back(quantile(consumer.latency_us, 0.50));
  row.p99.push_back(quantile(consumer.latency_us, 0.99));
  row.p999.push_back(quantile(consumer.latency_us, 0.999));
  row.sleeps_per_frame.push_back(static_cast<double>(consumer.voluntary) /
                                 static_cast<double>(consumer.frames));
}

}  // namespace

std::vector<LatencyRow> measure_latency(const LatencyOptions& options) {
  std::vector<LatencyRow> rows;
  std::vector<SidePlan> plans;
  for (const FrameSize& size : options.sizes)
    for (const Transport transport : options.transports) {
      SidePlan plan;
      plan.transport = transport;
      plan.size = size;
      plan.mode = Mode::latency;
      plan.frames = options.frames;
      plan.spin = options.spin;
      plans.push_back(plan);
      rows.push_back({std::string(name_of(transport)), to_text(size), {}, {}, {}, {}});
    }
  LatencyRow floor{"semaphore", "-", {}, {}, {}, {}};
  for (int round = 0; round < options.rounds; ++round) {
    add_round(floor, run_bare_semaphore(options.frames));
    for (std::size_t i = 0; i < plans.size(); ++i) add_round(rows[i], run_edge(plans[i]).consumer);
  }
  rows.insert(rows.begin(), floor);
  return rows;
}

Table latency_table(const std::vector<LatencyRow>& rows) {
  Table table;
  table.title = "Latency of one frame: from publish to the consumer's hands, in µs";
  table.head = {"transport", "size", "p50", "p99", "p99.9", "sleeps/frame", "p50 to semaphore"};
  bool is_noisy = false;
  for (const LatencyRow& row : rows) {
    const Summary p50 = summarize(row.p50);
    is_noisy = is_noisy || p50.spread > kNoisyPercent;
    table.rows.push_back(
        {row.transport, row.size, with_spread(p50) + (p50.spread > kNoisyPercent ? " !" : ""),
         number(median(row.p99)), number(median(row.p999)), number(median(row.sleeps_per_frame)),
         with_spread(ratio(row.p50, rows.front().p50))});
  }
  table.notes.push_back("semaphore: a bare process-shared semaphore, posted and waited for");
  table.notes.push_back(
      "every round's percentile, then the median over rounds; ± as the spread of "
      "the rounds' p50");
  if (is_noisy)
    table.notes.push_back("!: more than 10 % spread between rounds; the machine is busy");
  return table;
}

Json latency_json(const std::vector<LatencyRow>& rows) {
  Json results = Json::array();
  for (const LatencyRow& row : rows)
    results.push_back({{"transport", row.transport},
                       {"size", row.size},
                       {"p50_us", median(row.p50)},
                       {"p50_spread", spread_percent(row.p50)},
                       {"p99_us", median(row.p99)},
                       {"p999_us", median(row.p999)},
                       {"sleeps_per_frame", median(row.sleeps_per_frame)},
                       {"ratio_to_semaphore", ratio(row.p50, rows.front().p50).median}});
  return {{"results", results}};
}

}  // namespace latham::bench
