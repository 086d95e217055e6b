// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/channel.h"
#include "bench/report.h"
#include "bench/test_frame.h"

namespace latham::bench {

struct LatencyOptions {
  std::vector<FrameSize> sizes;
  std::vector<Transport> transports;
  std::vector<bool> spin;                ///< Whether consumers look without sleeping, or sleep.
  std::vector<std::uint32_t> consumers;  ///< Of one ring; more than one: shm, asleep, only.
  std::uint64_t frames = 2000;           ///< Of each round.
  int rounds = 3;
};

/// From publish to the consumer's hands, one frame at a time. Percentiles of each round, over all
/// consumers.
struct LatencyRow {
  std::string transport;  ///< Or "bare", the floor, or "iceoryx".
  std::string size;
  bool spin = false;
  std::uint32_t consumers = 1;
  std::vector<double> p50, p99, p999;    ///< Microseconds, one for each round.
  std::vector<double> take;              ///< Of the call that took a frame, p50; empty: not known.
  std::vector<double> sleeps_per_frame;  ///< Near 1 where it slept before each frame.
};

/// Beside the transports: "bare", a semaphore posted and waited for, or a flag where the consumer
/// spins; and "iceoryx" where latham-bench-iceoryx was built.
[[nodiscard]] std::vector<LatencyRow> measure_latency(const LatencyOptions& options);

[[nodiscard]] Table latency_table(const std::vector<LatencyRow>& rows);
[[nodiscard]] nlohmann::json latency_json(const std::vector<LatencyRow>& rows);
[[nodiscard]] std::vector<Plot> latency_plots(const std::vector<LatencyRow>& rows);

}  // namespace latham::bench
