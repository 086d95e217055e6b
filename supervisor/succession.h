// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/input_file.h"
#include "supervisor/linking.h"
#include "supervisor/pipeline.h"
#include "supervisor/report.h"
#include "supervisor/retry.h"
#include "supervisor/watch.h"

namespace latham::supervisor {

/// Gives a filter or a decoder that died a successor, while the rest of its job lives on: a new process with
/// new memory, which goes on where the dead one was. docs/decisions/0022-successor-of-a-filter.md,
/// 0023-successor-of-a-decoder.md.
struct Succession {
  Watch& watch;
  const Pipeline& pipeline;
  const Job& job;
  const std::vector<OpenInput>& inputs;
  Links& links;
  const std::string& folder;
  Report& report;
  Retries& retries;

  /// False where there can be none, or no further one: then the job ends, or begins again.
  [[nodiscard]] bool replace(std::size_t stage, Failure crash) const;

 private:
  [[nodiscard]] bool is_possible(std::size_t stage) const;
  [[nodiscard]] bool can_filter_again(std::size_t stage) const;
  [[nodiscard]] bool can_decode_again(std::size_t stage) const;
  [[nodiscard]] std::optional<InputDeath> death_of(std::size_t stage) const;
  void start_successor(std::size_t stage) const;
  [[nodiscard]] Stage& start_program(std::size_t stage) const;
};

}  // namespace latham::supervisor
