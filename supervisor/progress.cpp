// SPDX-License-Identifier: MIT
#include "supervisor/progress.h"

#include <algorithm>
#include <cmath>

namespace latham::supervisor {
namespace {

/// Shorter spans say more about the reports' rhythm than about the stage.
constexpr std::int64_t kLoadSpanMs = 900;
/// The past fades from the estimate of the time left with this time constant.
constexpr double kRateMemory_s = 15;
/// Below this share of the job its size cannot be told.
constexpr double kLeastShare = 0.02;
/// A container's header, while its first packets still wait for those of other streams.
constexpr std::int64_t kLeastBytes = 10'000;

bool is_encoder(const StageCounts& stage) {
  return stage.kind == "encoder";
}

/// Times too short to divide by say nothing.
std::optional<double> per_second(double amount, double seconds) {
  if (seconds < 0.001) return std::nullopt;
  return amount / seconds;
}

OutputProgress output_of(const StageCounts& encoder) {
  const auto number = [&](const char* key) { return encoder.counts.number(key); };
  OutputProgress output;
  output.frames = number("muxed").value_or(number("frames_in").value_or(0));
  output.repeated = number("dup").value_or(0);
  output.dropped = number("drop").value_or(0);
  output.time_us = number("time_us");
  output.bytes = number("bytes");
  // In FFmpeg's unit, 118 for one step of the quantizer.
  const std::int64_t lambda = number("quality").value_or(0);
  output.quality = lambda < 0 ? -1 : static_cast<double>(lambda) / 118;
  return output;
}

/// How much of what went in came out, 0 to 1; 1 where nothing went in.
double passed(std::optional<std::int64_t> in, std::optional<std::int64_t> out) {
  if (!in || !out || *in <= 0) return 1;
  return std::clamp(static_cast<double>(*out) / static_cast<double>(*in), 0.0, 1.0);
}

}  // namespace

std::int64_t Progress::frames() const noexcept {
  return outputs.empty() ? 0 : outputs.front().frames;
}

std::optional<std::int64_t> Progress::time_us() const noexcept {
  std::optional<std::int64_t> furthest;
  for (const OutputProgress& output : outputs) furthest = std::max(furthest, output.time_us);
  return furthest;
}

std::optional<std::int64_t> Progress::bytes() const noexcept {
  std::optional<std::int64_t> all;
  for (const OutputProgress& output : outputs) {
    if (output.bytes) all = all.value_or(0) + *output.bytes;
  }
  return all;
}

std::optional<std::int64_t> Progress::expected_bytes() const noexcept {
  const auto now = bytes();
  if (!now || *now < kLeastBytes || !share || *share < kLeastShare) return std::nullopt;
  return std::llround(static_cast<double>(*now) / *share);
}

std::optional<double> Progress::fps() const noexcept {
  return per_second(static_cast<double>(frames()), elapsed_s);
}

std::optional<double> Progress::speed() const noexcept {
  const auto time = time_us();
  return time ? per_second(static_cast<double>(*time) / 1e6, elapsed_s) : std::nullopt;
}

std::optional<double> Progress::bits_per_s() const noexcept {
  const auto time = time_us();
  const auto size = bytes();
  if (!time || !size) return std::nullopt;
  return per_second(static_cast<double>(*size) * 8, static_cast<double>(*time) / 1e6);
}

const StageProgress* Progress::bottleneck() const noexcept {
  const StageProgress* busiest = nullptr;
  std::size_t known = 0;
  for (const StageProgress& stage : stages) {
    if (!stage.load) continue;
    ++known;
    if (busiest == nullptr || *stage.load > *busiest->load) busiest = &stage;
  }
  return known < 2 ? nullptr : busiest;
}

Progress ProgressMeter::measure(std::span<const StageCounts> stages, double elapsed_s, bool ended) {
  Progress progress;
  progress.ended = ended;
  progress.elapsed_s = std::max(elapsed_s, 0.0);
  for (const StageCounts& stage : stages) {
    StageProgress at_work{stage.name, load_of(stage), std::nullopt};
    const auto frames = stage.counts.number("queued");
    const auto most = stage.counts.number("queue_depth");
    if (frames && most && *most > 0) at_work.fill = {*frames, *most};
    progress.stages.push_back(std::move(at_work));
    if (is_encoder(stage)) progress.outputs.push_back(output_of(stage));
  }
  progress.share = ended ? 1 : share_of(stages);
  estimate(progress);
  return progress;
}

std::optional<double> ProgressMeter::load_of(const StageCounts& stage) {
  const auto run_ms = stage.counts.number("run_ms");
  const auto waited_ms = stage.counts.number("waited_ms");
  if (!run_ms || !waited_ms) return std::nullopt;
  Sample& sample = samples_[stage.name];
  const std::int64_t span = *run_ms - sample.run_ms;
  if (span >= kLoadSpanMs) {
    const double waited = static_cast<double>(*waited_ms - sample.waited_ms);
    sample = {*run_ms, *waited_ms, std::clamp(1 - waited / static_cast<double>(span), 0.0, 1.0)};
  }
  return sample.load;
}

/// How far the decoder is in its input, less what is still on its way: so filters that change the
/// time do not matter.
std::optional<double> ProgressMeter::share_of(std::span<const StageCounts> stages) const {
  if (stages.empty()) return std::nullopt;
  std::optional<double> share;
  const auto time_us = stages.front().counts.number("time_us");
  if (time_us && expected_.duration_us && *expected_.duration_us > 0 && *time_us >= 0 &&
      *time_us <= *expected_.duration_us) {
    share = static_cast<double>(*time_us) / static_cast<double>(*expected_.duration_us);
    double slowest = 1;
    for (const StageCounts& stage : stages.subspan(1)) {
      if (!is_encoder(stage)) continue;
      const auto number = [&](const char* key) { return stage.counts.number(key); };
      slowest = std::min(slowest, passed(number("encoded"), number("muxed")));
    }
    share = *share * slowest;
  }
  if (expected_.frames && *expected_.frames > 0) {
    for (const StageCounts& stage : stages) {
      if (!is_encoder(stage)) continue;
      const double frames = static_cast<double>(output_of(stage).frames);
      share = std::max(share.value_or(0),
                       std::min(1.0, frames / static_cast<double>(*expected_.frames)));
    }
  }
  return share;
}

void ProgressMeter::estimate(Progress& progress) {
  if (progress.ended) {
    progress.left_s = 0;
    return;
  }
  if (!progress.share || *progress.share < 0.001 || progress.elapsed_s < 0.5) return;
  const double passed_s = progress.elapsed_s - rated_at_s_;
  if (passed_s > 0) {
    const double now = std::max(0.0, *progress.share - rated_share_) / passed_s;
    const double memory_s = std::min(kRateMemory_s, progress.elapsed_s);
    rate_ += (now - rate_) * (1 - std::exp(-passed_s / memory_s));
    if (rated_at_s_ <= 0) rate_ = now;
    rated_share_ = *progress.share;
    rated_at_s_ = progress.elapsed_s;
  }
  if (rate_ > 0) progress.left_s = std::max(0.0, (1 - *progress.share) / rate_);
}

}  // namespace latham::supervisor
