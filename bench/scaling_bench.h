// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/channel.h"
#include "bench/report.h"
#include "bench/test_frame.h"

namespace latham::bench {

struct ScalingOptions {
  FrameSize size;
  std::vector<Transport> transports;
  std::vector<std::uint32_t> consumers;  ///< Of one ring, shm only.
  std::vector<std::uint32_t> pipelines;  ///< Side by side.
  double seconds = 0.5;
  int rounds = 3;
};

/// So many consumers or pipelines at once.
struct ScalingRow {
  Transport transport = Transport::shm;
  bool is_pipelines = false;  ///< Else consumers of one ring.
  std::uint32_t count = 1;
  std::vector<double> total;    ///< Frames a second that arrived, all consumers together.
  std::vector<double> slowest;  ///< Of one consumer.
  std::string failure;          ///< Why there are no (more) rounds; empty for none.
};

/// A transport that moves less in all than this share of its best has collapsed.
inline constexpr double kCollapse = 0.5;

/// Rounds interleaved. In each, a transport goes on with the next larger count until it fails or has
/// collapsed.
[[nodiscard]] std::vector<ScalingRow> measure_scaling(const ScalingOptions& options);

/// The first count at which each transport failed or collapsed, as one line each.
[[nodiscard]] std::vector<std::string> collapses(const std::vector<ScalingRow>& rows);

[[nodiscard]] Table scaling_table(const std::vector<ScalingRow>& rows, const FrameSize& size);
[[nodiscard]] nlohmann::json scaling_json(const std::vector<ScalingRow>& rows,
                                          const FrameSize& size);
[[nodiscard]] std::vector<Plot> scaling_plots(const std::vector<ScalingRow>& rows);

}  // namespace latham::bench
