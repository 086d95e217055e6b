// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"

namespace latham::bench {

struct PreviewOptions {
  std::string input;
  std::vector<std::string> options;  ///< In ffmpeg's spelling, for the output.
  int rounds = 5;
  double seconds = 12;  ///< Of a job at least: the input is looped until it lasts so long.
};

/// How a job is looked at while it runs.
enum class Watching { nobody, viewer, stopped_viewer };

struct PreviewRow {
  Watching watching = Watching::nobody;
  std::vector<double> fps;          ///< Of the job once it has settled, a value for each round.
  std::vector<std::string> hashes;  ///< Of what was encoded.
};

/// The same job with no window, with one, and with one whose process is stopped (SIGSTOP) soon after
/// it has opened; rounds interleaved, in another order each, after a run that says how long one takes.
/// The first seconds, in which the window opens and is stopped, are not counted in any of them. Needs
/// a display. Throws std::runtime_error.
[[nodiscard]] std::vector<PreviewRow> measure_preview(const PreviewOptions& options);

/// What was encoded is not the same in all runs.
[[nodiscard]] bool has_mismatch(const std::vector<PreviewRow>& rows);

[[nodiscard]] Table preview_table(const std::vector<PreviewRow>& rows);
[[nodiscard]] nlohmann::json preview_json(const std::vector<PreviewRow>& rows);

}  // namespace latham::bench
