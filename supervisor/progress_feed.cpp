// SPDX-License-Identifier: MIT
#include "supervisor/progress_feed.h"

#include <fmt/format.h>

namespace latham::supervisor {
namespace {

/// ffmpeg's -stats_period.
constexpr std::chrono::milliseconds kUsualPeriod{500};

}  // namespace

ProgressFeed::ProgressFeed(Report& report, const Globals& globals)
    : report_(report), file_period_(globals.stats_period.value_or(kUsualPeriod)) {
  if (!globals.progress_target.empty()) file_.emplace(globals.progress_target);
  const auto period = globals.show_progress ? report_.progress_period() : std::nullopt;
  next_report_ = period ? Clock::now() + *period : Clock::time_point::max();
  next_file_ = file_ ? Clock::now() + file_period_ : Clock::time_point::max();
}

bool ProgressFeed::is_due() const noexcept {
  const auto now = Clock::now();
  return now >= next_report_ || now >= next_file_;
}

void ProgressFeed::update(std::span<const StageCounts> stages, double elapsed_s) {
  const auto now = Clock::now();
  const Progress progress = meter_.measure(stages, elapsed_s, false);
  if (now >= next_report_) {
    report_.progress(progress);
    next_report_ = now + *report_.progress_period();
  }
  if (now >= next_file_) {
    next_file_ = now + file_period_;
    write_file(progress);
  }
}

void ProgressFeed::end(std::span<const StageCounts> stages, double elapsed_s) {
  const Progress progress = meter_.measure(stages, elapsed_s, true);
  if (report_.progress_period()) report_.progress(progress);
  if (file_) write_file(progress);
}

void ProgressFeed::write_file(const Progress& progress) {
  if (file_->write(progress)) return;
  report_.warning("", "-progress: its reader is gone; the job goes on without it");
  file_.reset();
  next_file_ = Clock::time_point::max();
}

}  // namespace latham::supervisor
