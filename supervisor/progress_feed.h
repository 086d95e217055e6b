// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "supervisor/progress.h"
#include "supervisor/progress_file.h"
#include "supervisor/report.h"

namespace latham::supervisor {

/// Carries the progress of a running job to those who follow it, each at its own pace: the report
/// and, where -progress was given, its reader.
class ProgressFeed {
 public:
  /// `report` must outlive this. Opens the target of -progress; throws Failure.
  ProgressFeed(Report& report, const Globals& globals);

  /// Frames begin to flow, perhaps once more after a crash.
  void begin(Expectation expectation) { meter_ = ProgressMeter(expectation); }
  /// Gives news to those for whom it is time; cheap for the others.
  void update(std::span<const StageCounts> stages, double elapsed_s);
  [[nodiscard]] bool is_due() const noexcept;
  /// The last news, to all: the job ended well.
  void end(std::span<const StageCounts> stages, double elapsed_s);

 private:
  using Clock = std::chrono::steady_clock;
  void write_file(const Progress& progress);

  Report& report_;
  ProgressMeter meter_;
  std::optional<ProgressFile> file_;
  std::chrono::milliseconds file_period_;
  Clock::time_point next_report_;
  Clock::time_point next_file_;
};

}  // namespace latham::supervisor
