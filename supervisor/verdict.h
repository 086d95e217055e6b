// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/message.h"
#include "supervisor/failure.h"

namespace latham::supervisor {

/// What one stage counted, from its last status line.
struct StageCounts {
  std::string name;
  control::Message counts;
  std::vector<control::Message> streams;  ///< Its `stream` lines; empty where it did not end.
};

struct VerdictTerms {
  std::string input;  ///< For messages.
  bool video = true;  ///< There was video to transcode.
  /// The encoder was told to stop after so many frames: what came later is nobody's loss.
  bool limited = false;
  int signal = 0;  ///< That made the decoder stop early; 0 if it came to its own end.
};

/// Compares the counts of all hops, for pictures and for every other stream, stages in the direction of the data: nothing if every frame is
/// accounted for, else the failure. Counts that a stage did not give are not compared.
[[nodiscard]] std::optional<Failure> verdict(std::span<const StageCounts> stages,
                                             const VerdictTerms& terms);

}  // namespace latham::supervisor
