// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/rungs.h"

namespace latham::bench {

struct TranscodeOptions {
  std::string input;
  std::vector<Rung> rungs;
  int rounds = 5;
};

/// One way to do the job: commands joined by pipes. `{in}` and `{out}` stand for the files.
struct Variant {
  std::string name;
  std::vector<std::vector<std::string>> commands;
  /// The same, but it prints its packets as they come.
  std::vector<std::vector<std::string>> printing;
  bool is_equal_expected = false;  ///< Its packets should be ffmpeg's.
};

/// ffmpeg in one process, latham over shared memory and over pipes, and ffmpeg's with one process
/// for each step over pipes that carry raw frames in NUT: two, or three where the rung has a filter.
[[nodiscard]] std::vector<Variant> variants_of(const Rung& rung);

struct TranscodeRow {
  std::string rung;
  Variant variant;
  std::vector<double> seconds;
  std::vector<double> cpu_seconds;
  std::vector<double> first_packet_ms;
  double peak_bytes = 0;             ///< Of the warm-up, which alone is watched.
  std::vector<std::string> packets;  ///< What each run made: a line for each packet, with its hash.
  std::uint64_t frames = 0;

  [[nodiscard]] std::vector<double> fps() const;
};

enum class Equality {
  equal,  ///< To a run of ffmpeg, packet for packet, in every round.
  differs,
  not_reproducible,  ///< It differs, and so does ffmpeg from itself.
  not_written,       ///< The rung writes nothing.
};
[[nodiscard]] Equality compare(const TranscodeRow& row, const TranscodeRow& ffmpeg);

/// Of the same rung.
[[nodiscard]] const TranscodeRow& ffmpeg_of(const std::vector<TranscodeRow>& rows,
                                            const TranscodeRow& row);

/// Rung by rung; in each, rounds interleaved, after one that is not timed. Throws std::runtime_error
/// when a command fails.
[[nodiscard]] std::vector<TranscodeRow> measure_transcode(const TranscodeOptions& options);

/// A row that should be equal to ffmpeg's and is not.
[[nodiscard]] bool has_mismatch(const std::vector<TranscodeRow>& rows);

}  // namespace latham::bench
