// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/failure.h"
#include "supervisor/job.h"

namespace latham::supervisor {

/// How far a job had come when it failed.
struct Standing {
  /// The inputs can be read again from their beginning, nothing that was written has left our hands, and
  /// nobody asked the job to end.
  bool repeatable = false;
  bool replaces = false;                    ///< The user agreed that an existing output goes.
  std::optional<std::uint64_t> input_byte;  ///< Of the first input, where it is a file.
  std::optional<std::int64_t> time_us;      ///< Timestamp that the decoder had reached.
};

/// Decides whether a stage that has crashed is replaced, or its job begins again: with new processes and new memory, from the
/// start, so that its output is that of a job in which nothing happened.
/// docs/decisions/0011-restart.md.
class Retries {
 public:
  explicit Retries(std::uint32_t most) : most_(most) {}

  /// What to tell the user before a stage that crashed is replaced; nothing where that may not be done once
  /// more.
  [[nodiscard]] std::optional<std::string> next_of_stage(const Failure& failure);

  /// What to tell the user before the job begins again. Throws the failure that ends it instead: one that
  /// is no crash, a job that cannot be repeated, one crash too many, or a second one at the same place of
  /// the input.
  [[nodiscard]] std::string next(const Failure& failure, const Standing& standing,
                                 const std::string& input);

 private:
  std::uint32_t most_;
  std::uint32_t done_ = 0;
  std::optional<std::uint64_t> last_byte_;  ///< Where the input's first crash was.
};

}  // namespace latham::supervisor
