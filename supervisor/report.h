// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/job.h"
#include "supervisor/verdict.h"

namespace latham::supervisor {

// ---- text, as pure functions -------------------------------------------------------------------

/// Text from a stage made safe for a terminal: control characters become '?'. The decoder parses
/// hostile files, so what it says may hold escape sequences.
[[nodiscard]] std::string printable(std::string_view text);

/// "0 B", "1.2 MB": powers of 1000.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// ffmpeg's names and numbers for -loglevel; info (32) where it says nothing.
[[nodiscard]] int level_number(const std::string& loglevel);

struct Progress {
  std::int64_t frames = 0;
  std::optional<std::int64_t> time_us;      ///< Written so far.
  std::optional<std::int64_t> duration_us;  ///< Of the input, as its container claims.
  double elapsed_s = 0;
};
/// "frame=  312 fps=119 time=00:00:12.48 speed=4.8x 41%"
[[nodiscard]] std::string progress_line(const Progress& progress);

struct Summary {
  std::string output;
  std::optional<std::uint64_t> bytes;  ///< Of the file; else what the encoder counted.
  double elapsed_s = 0;
  Transport transport = Transport::shm;
  std::span<const StageCounts> stages;  ///< In the direction of the data.
};
/// The lines at the end, each with its newline.
[[nodiscard]] std::string summary_text(const Summary& summary);

/// The stage that waited least for its neighbours, or nothing where fewer than two say.
[[nodiscard]] std::optional<std::string> slowest_stage(std::span<const StageCounts> stages);

// ---- printing ----------------------------------------------------------------------------------

/// Everything that the user sees while a job runs. On a terminal it keeps one progress line, at
/// most four times a second, and puts other lines above it; elsewhere there is no progress line.
class Report {
 public:
  Report(std::FILE* out, const Globals& globals);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report();

  /// A line of our own: "latham: TEXT".
  void note(std::string_view text);
  /// A stage's warning; after a good many of one stage the rest is swallowed.
  void warning(const std::string& stage, std::string_view text);
  void progress(const Progress& progress);
  void summary(const Summary& summary);
  [[nodiscard]] bool wants_progress() const noexcept { return terminal_; }

 private:
  void clear_line();

  std::FILE* out_;
  int level_;
  bool terminal_;  ///< And progress is wanted.
  bool line_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_{};
  std::map<std::string, int> warnings_;
};

}  // namespace latham::supervisor
