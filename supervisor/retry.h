// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ringbuf/input_position.h"
#include "supervisor/bad_packets.h"
#include "supervisor/failure.h"
#include "supervisor/job.h"

namespace latham::supervisor {

/// Of a decoder that died: which input was its own, and where it was in there.
struct InputDeath {
  std::size_t input = 0;
  ringbuf::InputPosition at;
};

/// How far a job had come when it failed.
struct Standing {
  /// The inputs can be read again from their beginning, nothing that was written has left our hands, and
  /// nobody asked the job to end.
  bool repeatable = false;
  bool replaces = false;            ///< The user agreed that an existing output goes.
  std::optional<InputDeath> death;  ///< Where a decoder has crashed.
};

/// Decides whether a stage that has crashed is replaced, or its job begins again: with new processes and new memory, from the
/// start, so that its output is that of a job in which nothing happened.
/// docs/decisions/0011-restart.md.
class Retries {
 public:
  /// Refers to `job`.
  explicit Retries(const Job& job);

  /// What to tell the user before a stage that crashed is replaced; nothing where that may not be done once
  /// more. Throws the failure that ends the job where the input is to blame: a second crash at one place.
  /// With --skip-bad that place is found and left out instead, which does not count as a retry.
  [[nodiscard]] std::optional<std::string> next_of_stage(const Failure& failure,
                                                         const std::optional<InputDeath>& death);

  /// What to tell the user before the job begins again. Throws the failure that ends it instead: one that
  /// is no crash, a job that cannot be repeated, one crash too many, or a second one at the same place of
  /// the input.
  [[nodiscard]] std::string next(const Failure& failure, const Standing& standing);

  [[nodiscard]] const BadPackets& bad_packets() const noexcept { return bad_; }

 private:
  /// `remedy`: what will be done.
  [[nodiscard]] std::optional<std::string> next(const Failure& failure,
                                                const std::optional<InputDeath>& death,
                                                const char* remedy);

  const Job& job_;
  BadPackets bad_;
  std::uint32_t done_ = 0;
  int judged_ = 0;  ///< Process whose death was looked at: a stage's may end its job, too.
};

}  // namespace latham::supervisor
