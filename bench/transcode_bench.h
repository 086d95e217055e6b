// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"

namespace latham::bench {

struct TranscodeOptions {
  std::string input;
  std::vector<std::string> options;  ///< In ffmpeg's spelling, what goes before the output's name.
  int rounds = 5;
};

/// One way to do the job: commands joined by pipes. `{in}` and `{out}` stand for the files.
struct Variant {
  std::string name;
  std::vector<std::vector<std::string>> commands;
  bool is_equal_expected = false;  ///< Its packets should be ffmpeg's.
};

/// latham over shared memory and over pipes, ffmpeg in one process, and ffmpeg's with one process
/// for each step over pipes that carry raw frames in NUT: two, or three where `options` have a
/// filter.
[[nodiscard]] std::vector<Variant> variants_of(const TranscodeOptions& options);

struct TranscodeRow {
  Variant variant;
  std::vector<double> seconds;
  std::vector<double> cpu_seconds;
  double peak_bytes = 0;             ///< Of the warm-up, which alone is watched.
  std::vector<std::string> packets;  ///< What each run made: a line for each packet, with its hash.
  std::uint64_t frames = 0;

  [[nodiscard]] std::vector<double> fps() const;
};

enum class Equality {
  equal,  ///< To a run of ffmpeg, packet for packet, in every round.
  differs,
  not_reproducible,  ///< It differs, and so does ffmpeg from itself.
};
[[nodiscard]] Equality compare(const TranscodeRow& row, const TranscodeRow& ffmpeg);

/// Rounds interleaved, after one that is not timed. Throws std::runtime_error when a command fails.
[[nodiscard]] std::vector<TranscodeRow> measure_transcode(const TranscodeOptions& options);

/// A row that should be equal to ffmpeg's and is not.
[[nodiscard]] bool has_mismatch(const std::vector<TranscodeRow>& rows);

[[nodiscard]] Table transcode_table(const std::vector<TranscodeRow>& rows);
[[nodiscard]] nlohmann::json transcode_json(const std::vector<TranscodeRow>& rows);

}  // namespace latham::bench
