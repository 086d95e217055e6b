// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/child_process.h"

namespace latham::bench {

struct JobCost {
  double seconds = 0;
  double cpu_seconds = 0;        ///< Of all processes.
  std::uint64_t peak_bytes = 0;  ///< Where it was watched.
};

/// Starts commands joined by pipes; the last one's standard output is `out`, or nothing for -1.
[[nodiscard]] std::vector<ChildProcess> start_all(
    const std::vector<std::vector<std::string>>& commands, int out = -1);

/// Runs commands joined by pipes to their end. `watch_memory` looks at all processes every 50 ms,
/// which costs time of its own. Throws std::runtime_error when one fails.
[[nodiscard]] JobCost run_job(const std::vector<std::vector<std::string>>& commands,
                              bool watch_memory);

/// One line for each packet of the file's first video stream: times, size, hash of its bytes.
[[nodiscard]] std::string packets_of(const std::string& file);

}  // namespace latham::bench
