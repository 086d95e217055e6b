// SPDX-License-Identifier: MIT
#include "bench/latency_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "bench/bare_signal.h"
#include "bench/child_process.h"
#include "bench/edge_run.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;

constexpr char kBare[] = "bare";
constexpr char kIceoryx[] = "iceoryx";
constexpr char kNoSize[] = "-";  ///< Its samples are always of 64 bytes.

std::string iceoryx_program() {
  return own_folder() + "/latham-bench-iceoryx";
}

const char* wait_of(const LatencyRow& row) {
  return row.spin ? "spinning" : "asleep";
}

std::string name_with_wait(const LatencyRow& row) {
  std::string name = fmt::format("{} {}", row.transport, wait_of(row));
  if (row.consumers > 1) name += fmt::format(" x{}", row.consumers);
  return name;
}

std::vector<LatencyRow> rows_of(const LatencyOptions& options) {
  std::vector<LatencyRow> rows;
  const auto add = [&](std::string_view transport, std::string size, bool spin,
                       std::uint32_t consumers) {
    LatencyRow& row = rows.emplace_back();
    row.transport = transport;
    row.size = std::move(size);
    row.spin = spin;
    row.consumers = consumers;
  };
  for (const bool spin : options.spin) {
    if (::access(iceoryx_program().c_str(), X_OK) == 0) add(kIceoryx, kNoSize, spin, 1);
    for (const FrameSize& size : options.sizes) {
      add(kBare, to_text(size), spin, 1);
      for (const Transport transport : options.transports)
        for (const std::uint32_t consumers : options.consumers)
          // Spinning consumers in numbers only take the cores from each other.
          if (consumers == 1 || (transport == Transport::shm && !spin))
            add(name_of(transport), to_text(size), spin, consumers);
    }
  }
  return rows;
}

std::vector<SideResult> run_iceoryx(std::uint64_t frames, bool spin) {
  const Json json = Json::parse(
      output_of({iceoryx_program(), fmt::format("{}", frames), fmt::format("{}", kWarmFrames),
                 fmt::format("{}", kLatencyGap.count()), spin ? "spinning" : "asleep"}));
  SideResult side;
  side.frames = frames;
  side.latency_us = json.at("latency_us").get<std::vector<double>>();
  side.voluntary = json.at("voluntary").get<std::uint64_t>();
  return {side};
}

std::vector<SideResult> run_row(const LatencyRow& row, std::uint64_t frames) {
  if (row.transport == kBare) return {run_bare_signal(frames, row.spin, parse_size(row.size, 8))};
  if (row.transport == kIceoryx) return run_iceoryx(frames, row.spin);
  SidePlan plan;
  plan.transport = parse_transport(row.transport);
  plan.size = parse_size(row.size, 8);
  plan.mode = Mode::latency;
  plan.frames = frames;
  plan.spin = row.spin;
  plan.consumers = row.consumers;
  return run_edge(plan).consumers;
}

void add_round(LatencyRow& row, const std::vector<SideResult>& consumers) {
  std::vector<double> latency;
  std::vector<double> take;
  double sleeps = 0;
  double frames = 0;
  for (const SideResult& side : consumers) {
    latency.insert(latency.end(), side.latency_us.begin(), side.latency_us.end());
    take.insert(take.end(), side.take_us.begin(), side.take_us.end());
    sleeps += static_cast<double>(side.voluntary);
    frames += static_cast<double>(side.frames);
  }
  row.p50.push_back(quantile(latency, 0.50));
  row.p99.push_back(quantile(latency, 0.99));
  row.p999.push_back(quantile(latency, 0.999));
  if (!take.empty()) row.take.push_back(median(take));
  row.sleeps_per_frame.push_back(sleeps / frames);
}

/// Against the row of that name with the same frames that waits in the same way, round by round.
Summary ratio_to(const std::vector<LatencyRow>& rows, const LatencyRow& row, const char* base) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const LatencyRow& other) {
    return other.transport == base && other.spin == row.spin &&
           (other.size == row.size || other.size == kNoSize);
  });
  return found == rows.end() ? summarize({}) : ratio(row.p50, found->p50);
}

}  // namespace

std::vector<LatencyRow> measure_latency(const LatencyOptions& options) {
  std::vector<LatencyRow> rows = rows_of(options);
  for (int round = 0; round < options.rounds; ++round)
    for (LatencyRow& row : rows) add_round(row, run_row(row, options.frames));
  return rows;
}

Table latency_table(const std::vector<LatencyRow>& rows) {
  Table table;
  table.title = "Latency of one frame: from publish to the consumer's hands, in µs";
  table.head = {"transport", "size",         "wait",     "consumers",   "p50",       "p99",
                "p99.9",     "sleeps/frame", "take p50", "p50 to bare", "to iceoryx"};
  bool is_noisy = false;
  for (const LatencyRow& row : rows) {
    const Summary p50 = summarize(row.p50);
    is_noisy = is_noisy || p50.spread > kNoisyPercent;
    table.rows.push_back(
        {row.transport, row.size, wait_of(row), fmt::format("{}", row.consumers),
         with_spread(p50) + (p50.spread > kNoisyPercent ? " !" : ""), number(median(row.p99)),
         number(median(row.p999)), number(median(row.sleeps_per_frame)), number(median(row.take)),
         with_spread(ratio_to(rows, row, kBare)), with_spread(ratio_to(rows, row, kIceoryx))});
  }
  table.notes.push_back(
      "bare: a process-shared semaphore, posted and waited for, or a flag where the consumer "
      "spins; both sides write and read as many bytes, in memory of their own");
  table.notes.push_back(
      "every round's percentile, then the median over rounds; ± as the spread of "
      "the rounds' p50");
  if (::access(iceoryx_program().c_str(), X_OK) != 0)
    table.notes.push_back(
        "no iceoryx: latham-bench-iceoryx was not built (Debian: apt install libiceoryx-posh-dev)");
  if (is_noisy)
    table.notes.push_back("!: more than 10 % spread between rounds; the machine is busy");
  return table;
}

Json latency_json(const std::vector<LatencyRow>& rows) {
  Json results = Json::array();
  for (const LatencyRow& row : rows)
    results.push_back({{"transport", row.transport},
                       {"size", row.size},
                       {"wait", wait_of(row)},
                       {"consumers", row.consumers},
                       {"p50_us", median(row.p50)},
                       {"p50_spread", spread_percent(row.p50)},
                       {"p99_us", median(row.p99)},
                       {"p999_us", median(row.p999)},
                       {"take_us", or_null(median(row.take))},
                       {"sleeps_per_frame", median(row.sleeps_per_frame)},
                       {"ratio_to_bare", or_null(ratio_to(rows, row, kBare).median)},
                       {"ratio_to_bare_spread", or_null(ratio_to(rows, row, kBare).spread)},
                       {"ratio_to_iceoryx", or_null(ratio_to(rows, row, kIceoryx).median)},
                       {"ratio_to_iceoryx_spread", or_null(ratio_to(rows, row, kIceoryx).spread)}});
  return {{"results", results}};
}

std::vector<Plot> latency_plots(const std::vector<LatencyRow>& rows) {
  Plot plot{"latency", "From publish to the consumer's hands", "", "µs", false, true, {}, {}};
  for (const LatencyRow& row : rows) plot.labels.push_back(name_with_wait(row));
  const auto add = [&](const char* name, std::vector<double> LatencyRow::*values) {
    Plot::Series& series = plot.series.emplace_back();
    series.name = name;
    for (std::size_t i = 0; i < rows.size(); ++i)
      series.points.emplace_back(static_cast<double>(i), median(rows[i].*values));
  };
  add("p50", &LatencyRow::p50);
  add("p99", &LatencyRow::p99);
  add("p99.9", &LatencyRow::p999);
  return {plot};
}

}  // namespace latham::bench
