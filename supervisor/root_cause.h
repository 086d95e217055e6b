// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "control/message.h"
#include "supervisor/failure.h"
#include "supervisor/stage.h"

/// When one stage fails, its neighbours fail after it. These functions find the one that the user
/// has to hear about. They look at what was gathered and do nothing else.
namespace latham::supervisor {

/// One stage's part in the end of a job.
struct Symptom {
  std::string kind;  ///< "encoder"
  std::string name;  ///< "encoder 1"
  int pid = 0;
  std::optional<StageEnd> end;  ///< Nothing while it runs, or if we ended it by `abort`.
  std::optional<StageError> error;
  bool done = false;
  bool timed_out = false;              ///< We killed it because it made no progress.
  std::optional<std::int64_t> frames;  ///< The last count that it reported.
};

/// The `error` line as an account; its text begins with the name of the stage.
[[nodiscard]] StageError stage_error(const std::string& stage, const control::Message& line,
                                     std::size_t order);

/// What the worst symptom says is that a neighbour failed, and no symptom is that neighbour's.
[[nodiscard]] bool blames_a_neighbour(std::span<const Symptom> symptoms);

/// Whether the symptom ends the job.
[[nodiscard]] bool is_trouble(const Symptom& symptom);

/// What ended the job. A stage that we had to kill for making no progress comes first; then a death
/// without a word, which explains its neighbours' errors; then a stage's own account, the precise
/// ones (input, output, usage) before the vague, those that blame a neighbour last, the earlier
/// before the later. `remains` says what is on disk: "no file was written". `timeout_s` is for the
/// first kind.
[[nodiscard]] Failure root_cause(std::span<const Symptom> symptoms, const std::string& remains,
                                 double timeout_s);

}  // namespace latham::supervisor
