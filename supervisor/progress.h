// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/verdict.h"

namespace latham::supervisor {

/// One output so far, as its encoder reported it.
struct OutputProgress {
  std::int64_t frames = 0;  ///< Video packets written.
  std::int64_t repeated = 0;
  std::int64_t dropped = 0;
  std::optional<std::int64_t> time_us;  ///< Written up to here.
  std::optional<std::int64_t> bytes;
  double quality = 0;  ///< The quantizer of the last picture; -1 where the encoder does not say.
};

/// One stage at work.
struct StageProgress {
  std::string name;
  /// Share of the last second or so in which it did not wait for a neighbour, 0 to 1.
  std::optional<double> load;
  /// Frames that it has published and that are still owed to a consumer, and how many may be.
  struct Fill {
    std::int64_t frames;
    std::int64_t most;
  };
  std::optional<Fill> fill;
};

/// A running job at one moment. Plain data; what is not known is absent.
struct Progress {
  bool ended = false;
  double elapsed_s = 0;
  std::vector<OutputProgress> outputs;  ///< In the order of the command line.
  std::vector<StageProgress> stages;    ///< In the direction of the data.
  std::optional<double> share;          ///< Of the job, 0 to 1.
  std::optional<double> left_s;         ///< Until its end; never negative.

  [[nodiscard]] std::int64_t frames() const noexcept;                  ///< Of the first output.
  [[nodiscard]] std::optional<std::int64_t> time_us() const noexcept;  ///< The furthest.
  [[nodiscard]] std::optional<std::int64_t> bytes() const noexcept;    ///< Of all outputs.
  /// The size of all outputs at the end, once enough is written to tell.
  [[nodiscard]] std::optional<std::int64_t> expected_bytes() const noexcept;
  [[nodiscard]] std::optional<double> fps() const noexcept;
  [[nodiscard]] std::optional<double> speed() const noexcept;  ///< 1 is as fast as it plays.
  [[nodiscard]] std::optional<double> bits_per_s() const noexcept;
  /// The stage that the others wait for, where one stands out.
  [[nodiscard]] const StageProgress* bottleneck() const noexcept;
};

/// What the job is expected to come to.
struct Expectation {
  std::optional<std::int64_t> duration_us;  ///< Of the input, as its container claims.
  std::optional<std::int64_t> frames;       ///< -frames:v
};

/// Makes a Progress from what the stages count. Containers lie about their length, so the share is
/// unknown once the input is longer than was claimed, and 1 at the end whatever was claimed.
class ProgressMeter {
 public:
  ProgressMeter() = default;
  explicit ProgressMeter(Expectation expectation) : expected_(expectation) {}
  /// `elapsed_s` since the frames began to flow; must not fall from call to call.
  [[nodiscard]] Progress measure(std::span<const StageCounts> stages, double elapsed_s, bool ended);

 private:
  struct Sample {
    std::int64_t run_ms = 0;
    std::int64_t waited_ms = 0;
    std::optional<double> load;
  };
  [[nodiscard]] std::optional<double> load_of(const StageCounts& stage);
  [[nodiscard]] std::optional<double> share_of(std::span<const StageCounts> stages) const;
  void estimate(Progress& progress);

  Expectation expected_;
  std::map<std::string, Sample> samples_;
  double rate_ = 0;  ///< Of the share, per second, the recent past weighing more.
  double rated_share_ = 0;
  double rated_at_s_ = 0;
};

}  // namespace latham::supervisor
