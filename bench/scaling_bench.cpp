// SPDX-License-Identifier: MIT
#include "bench/scaling_bench.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "bench/edge_run.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;

const char* kind_of(const ScalingRow& row) {
  return row.is_pipelines ? "pipelines" : "consumers";
}

std::vector<ScalingRow> rows_of(const ScalingOptions& options) {
  std::vector<ScalingRow> rows;
  const auto add = [&](Transport transport, bool is_pipelines,
                       const std::vector<std::uint32_t>& counts) {
    for (const std::uint32_t count : counts)
      rows.push_back({transport, is_pipelines, count, {}, {}, {}});
  };
  add(Transport::shm, false, options.consumers);
  for (const Transport transport : options.transports) add(transport, true, options.pipelines);
  return rows;
}

bool is_same_line(const ScalingRow& a, const ScalingRow& b) {
  return a.transport == b.transport && a.is_pipelines == b.is_pipelines;
}

void add_round(ScalingRow& row, const ScalingOptions& options) {
  SidePlan plan;
  plan.transport = row.transport;
  plan.size = options.size;
  plan.seconds = options.seconds;
  plan.consumers = row.is_pipelines ? 1 : row.count;
  double total = 0;
  double slowest = std::numeric_limits<double>::infinity();
  for (const EdgeResult& edge : run_edges(plan, row.is_pipelines ? row.count : 1))
    for (const SideResult& side : edge.consumers) {
      const double fps = edge.fps(side);
      total += fps;
      slowest = std::min(slowest, fps);
    }
  row.total.push_back(total);
  row.slowest.push_back(slowest);
}

/// Message queues are counted in bytes for each user, and as installed that is nine of the usual size: where
/// we may, we ask for more, so that the transport collapses and not the accounts.
void allow_many_queues() noexcept {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_MSGQUEUE, &limit) == 0) return;
  if (::getrlimit(RLIMIT_MSGQUEUE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_MSGQUEUE, &limit);
}

/// One after the other, each line of counts until it fails or has collapsed.
void run_round(std::vector<ScalingRow>& rows, const ScalingOptions& options) {
  double best = 0;
  bool is_over = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ScalingRow& row = rows[i];
    if (i == 0 || !is_same_line(row, rows[i - 1])) {
      best = 0;
      is_over = false;
    }
    if (is_over) continue;
    try {
      add_round(row, options);
      best = std::max(best, row.total.back());
      is_over = row.total.back() < kCollapse * best;
    } catch (const WrongFrame&) {
      throw;
    } catch (const std::exception& error) {
      row.failure = error.what();
      is_over = true;
    }
  }
}

/// Of the same line at its smallest count.
double first_total(const std::vector<ScalingRow>& rows, const ScalingRow& row) {
  const auto first = std::find_if(
      rows.begin(), rows.end(), [&](const ScalingRow& other) { return is_same_line(row, other); });
  return median(first->total);
}

}  // namespace

std::vector<ScalingRow> measure_scaling(const ScalingOptions& options) {
  std::vector<ScalingRow> rows = rows_of(options);
  allow_many_queues();
  for (int round = 0; round < options.rounds; ++round) run_round(rows, options);
  return rows;
}

std::vector<std::string> collapses(const std::vector<ScalingRow>& rows) {
  std::vector<std::string> lines;
  double best = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ScalingRow& row = rows[i];
    const bool is_first = i == 0 || !is_same_line(row, rows[i - 1]);
    if (is_first) best = 0;
    const double total = row.total.empty() ? 0 : median(row.total);
    best = std::max(best, total);
    const bool is_last = i + 1 == rows.size() || !is_same_line(row, rows[i + 1]);
    const std::string where =
        fmt::format("{} {} {}", name_of(row.transport), row.count, kind_of(row));
    std::string line;
    if (!row.failure.empty())
      line = fmt::format("{}: fails: {}", where, row.failure);
    else if (total < kCollapse * best)
      line = fmt::format("{}: collapsed to {:.0f} % of its best", where, 100 * total / best);
    else if (is_last)
      line = fmt::format("{}: no collapse up to here, {:.0f} % of its best", where,
                         100 * total / best);
    else
      continue;
    lines.push_back(line);
    while (i + 1 < rows.size() && is_same_line(row, rows[i + 1])) ++i;
  }
  return lines;
}

Table scaling_table(const std::vector<ScalingRow>& rows, const FrameSize& size) {
  Table table;
  table.title =
      fmt::format("Many at once: frames of {} filled, passed, read and checked", to_text(size));
  table.head = {"transport", "what", "count", "fps in all", "GB/s", "to the first", "slowest one"};
  bool is_noisy = false;
  for (const ScalingRow& row : rows) {
    if (row.total.empty()) continue;
    const Summary total = summarize(row.total);
    is_noisy = is_noisy || total.spread > kNoisyPercent;
    table.rows.push_back(
        {std::string(name_of(row.transport)), kind_of(row), fmt::format("{}", row.count),
         with_spread(total) + (total.spread > kNoisyPercent ? " !" : ""),
         number(total.median * static_cast<double>(pixel_bytes(size)) / 1e9),
         number(total.median / first_total(rows, row)), number(median(row.slowest))});
  }
  table.notes.push_back("consumers: all of one ring, each sees every frame; fps in all: their sum");
  table.notes.push_back("pipelines: a producer and a consumer each, side by side");
  for (const std::string& line : collapses(rows)) table.notes.push_back(line);
  if (is_noisy)
    table.notes.push_back("!: more than 10 % spread between rounds; the machine is busy");
  return table;
}

Json scaling_json(const std::vector<ScalingRow>& rows, const FrameSize& size) {
  Json results = Json::array();
  for (const ScalingRow& row : rows)
    results.push_back({{"transport", name_of(row.transport)},
                       {"size", to_text(size)},
                       {"what", kind_of(row)},
                       {"count", row.count},
                       {"rounds", row.total.size()},
                       {"fps", or_null(median(row.total))},
                       {"fps_spread", or_null(spread_percent(row.total))},
                       {"fps_slowest", or_null(median(row.slowest))},
                       {"failure", row.failure}});
  return {{"results", results}, {"collapses", collapses(rows)}};
}

std::vector<Plot> scaling_plots(const std::vector<ScalingRow>& rows) {
  Plot consumers{"scaling-consumers",
                 "Consumers of one ring",
                 "consumers",
                 "fps of the slowest",
                 true,
                 false,
                 {},
                 {}};
  Plot pipelines{"scaling-pipelines",
                 "Pipelines side by side",
                 "pipelines",
                 "fps in all",
                 true,
                 false,
                 {},
                 {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ScalingRow& row = rows[i];
    Plot& plot = row.is_pipelines ? pipelines : consumers;
    if (i == 0 || !is_same_line(row, rows[i - 1]))
      plot.series.push_back({std::string(name_of(row.transport)), {}});
    plot.series.back().points.emplace_back(row.count,
                                           median(row.is_pipelines ? row.total : row.slowest));
  }
  return {consumers, pipelines};
}

}  // namespace latham::bench
