// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/edge_run.h"
#include "bench/report.h"

namespace latham::bench {

struct LatencyOptions {
  std::vector<FrameSize> sizes;
  std::vector<Transport> transports;
  std::uint64_t frames = 2000;  ///< Of each round.
  int rounds = 3;
  bool spin = false;  ///< The consumer looks without sleeping.
};

/// From publish to the consumer's hands, one frame at a time. Percentiles of each round.
struct LatencyRow {
  std::string transport;
  std::string size;
  std::vector<double> p50, p99, p999;  ///< Microseconds, one for each round.
  std::vector<double>
      sleeps_per_frame;  ///< Of the consumer: near 1 where it slept before each frame.
};

/// The row "semaphore" is the floor: a bare process-shared semaphore, nothing passed.
[[nodiscard]] std::vector<LatencyRow> measure_latency(const LatencyOptions& options);

[[nodiscard]] Table latency_table(const std::vector<LatencyRow>& rows);
[[nodiscard]] nlohmann::json latency_json(const std::vector<LatencyRow>& rows);

}  // namespace latham::bench
