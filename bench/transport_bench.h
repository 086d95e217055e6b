// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "bench/edge_run.h"
#include "bench/report.h"
#include "bench/system_calls.h"

namespace latham::bench {

struct TransportOptions {
  std::vector<FrameSize> sizes;
  std::vector<Transport> transports;
  double seconds = 1;
  int rounds = 5;
  bool system_calls = false;
  std::uint64_t corrupt = 0;
};

/// All rounds of one transport at one size.
struct TransportRow {
  Transport transport;
  FrameSize size;
  std::vector<EdgeResult> rounds;
  std::optional<SystemCalls> calls;

  /// One value for each round.
  [[nodiscard]] std::vector<double> fps() const;
};

/// Rounds interleaved over transports, after one that is thrown away.
[[nodiscard]] std::vector<TransportRow> measure_transports(const TransportOptions& options);

[[nodiscard]] Table transport_table(const std::vector<TransportRow>& rows);
[[nodiscard]] nlohmann::json transport_json(const std::vector<TransportRow>& rows);
[[nodiscard]] std::vector<Plot> transport_plots(const std::vector<TransportRow>& rows);

}  // namespace latham::bench
