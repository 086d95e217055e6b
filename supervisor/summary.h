// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/bad_packets.h"
#include "supervisor/job.h"
#include "supervisor/verdict.h"

namespace latham::supervisor {

/// A job that ended well.
struct Summary {
  struct Written {
    std::string name;
    std::optional<std::uint64_t> bytes;  ///< Of the file; else what its encoder counted.
  };
  std::vector<Written> outputs;
  double elapsed_s = 0;
  Transport transport = Transport::shm;
  std::span<const StageCounts>
      stages;  ///< In the direction of the data, one encoder an output last.
  std::span<const SkippedPacket> skipped = {};
};
/// The lines at the end, each with its newline.
[[nodiscard]] std::string summary_text(const Summary& summary);

/// The stage that waited least for its neighbours, or nothing where fewer than two say.
[[nodiscard]] std::optional<std::string> slowest_stage(std::span<const StageCounts> stages);

}  // namespace latham::supervisor
