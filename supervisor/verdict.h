// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/message.h"
#include "supervisor/failure.h"
#include "supervisor/pipeline.h"

namespace latham::supervisor {

/// What one stage counted, from its last status line.
struct StageCounts {
  std::string kind;  ///< "encoder"
  std::string name;  ///< "encoder 1"
  control::Message counts;
  std::vector<control::Message> streams;  ///< Its `stream` lines; empty where it did not end.
};

struct VerdictTerms {
  std::vector<std::string> inputs;  ///< Their names, for messages.
  /// The encoder was told to stop after so many frames: what came later is nobody's loss.
  bool limited = false;
  int signal = 0;  ///< That made the decoders stop early; 0 if they came to their own end.
};

/// Compares the counts of all hops, for pictures and for every other stream: nothing if every frame
/// is accounted for, else the failure. `stages`: what those of the pipeline counted, in its order.
/// Counts that a stage did not give are not compared.
[[nodiscard]] std::optional<Failure> verdict(const Pipeline& pipeline,
                                             std::span<const StageCounts> stages,
                                             const VerdictTerms& terms);

}  // namespace latham::supervisor
