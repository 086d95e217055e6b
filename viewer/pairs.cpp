// SPDX-License-Identifier: MIT
#include "viewer/pairs.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace latham::viewer {
namespace {

/// Containers round their timestamps to milliseconds.
constexpr std::int64_t kSameUs = 1500;
/// Without a match for so long the nearest is shown.
constexpr std::chrono::milliseconds kPatience{700};

std::int64_t apart(const Taken& a, const Taken& b) {
  if (a.time_us == AV_NOPTS_VALUE || b.time_us == AV_NOPTS_VALUE) return INT64_MAX;
  return std::llabs(a.time_us - b.time_us);
}

}  // namespace

void Pairs::add_source(TakenFrame source, Clock::time_point now) {
  if (matched_at_ == Clock::time_point{}) matched_at_ = now;
  added_at_ = now;
  sources_.push_back(std::move(source));
}

bool Pairs::add_output(TakenFrame output, Clock::time_point now) {
  if (sources_.empty()) return false;
  const auto nearest = std::min_element(
      sources_.begin(), sources_.end(),
      [&](const auto& a, const auto& b) { return apart(*a, *output) < apart(*b, *output); });
  const bool matched = apart(**nearest, *output) <= kSameUs;
  const bool impatient = now - matched_at_ > kPatience;
  if (matched || impatient) {
    pair_ = {output, *nearest, matched};
    matched_at_ = now;
  }
  // Outputs come in order: an older source has missed its own.
  std::erase_if(sources_, [&](const TakenFrame& kept) {
    return kept->time_us <= output->time_us + kSameUs || kept->time_us == AV_NOPTS_VALUE;
  });
  // Without timestamps in common nothing would ever be let go.
  if (impatient && !sources_.empty()) sources_.pop_front();
  return matched || impatient;
}

void Pairs::clear() {
  sources_.clear();
  pair_ = {};
  added_at_ = {};
  matched_at_ = {};
}

}  // namespace latham::viewer
