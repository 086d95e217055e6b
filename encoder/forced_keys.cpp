// SPDX-License-Identifier: MIT
#include "encoder/forced_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "system/failure.h"

extern "C" {
#include <libavutil/eval.h>
#include <libavutil/mathematics.h>
#include <libavutil/parseutils.h>
}

namespace latham::encoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr std::string_view kChapters = "chapters";

constexpr const char* kVariables[] = {"n", "n_forced", "prev_forced_n", "prev_forced_t",
                                      "t", nullptr};
enum Variable : std::uint8_t { kN, kForced, kLastForcedN, kLastForcedT, kT };

[[noreturn]] void refuse(std::string_view given, std::string_view expected) {
  throw StageFailure(FailureKind::usage, fmt::format("-force_key_frames {}: {}", given, expected));
}

std::int64_t time_us(const std::string& text) {
  std::int64_t us = 0;
  if (av_parse_time(&us, text.c_str(), 1) < 0)
    refuse(text, "not a time; try 0:00:05 or expr:gte(t,n_forced*5)");
  return us;
}

}  // namespace

void ForcedKeys::Free::operator()(AVExpr* e) const noexcept {
  av_expr_free(e);
}

ForcedKeys::ForcedKeys(const std::string& given) {
  if (given.empty()) return;
  if (given.starts_with("source_no_drop")) {
    kind_ = Kind::source_no_drop;
  } else if (given.starts_with("source")) {
    kind_ = Kind::source;
  } else if (given.starts_with("expr:")) {
    kind_ = Kind::expression;
    AVExpr* parsed = nullptr;
    if (av_expr_parse(&parsed, given.c_str() + 5, kVariables, nullptr, nullptr, nullptr, nullptr, 0,
                      nullptr) < 0)
      refuse(given, "not an expression of n, n_forced, prev_forced_n, prev_forced_t and t");
    expression_.reset(parsed);
    values_ = {0, 0, NAN, NAN, NAN};
  } else {
    kind_ = Kind::times;
    read_times(given);
  }
}

void ForcedKeys::read_times(const std::string& list) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const std::string one = list.substr(at, comma - at);
    at = comma + 1;
    if (!one.starts_with(kChapters))
      times_us_.push_back(time_us(one));
    else
      chapter_offsets_us_.push_back(
          one.size() == kChapters.size() ? 0 : time_us(one.substr(kChapters.size())));
  }
}

void ForcedKeys::begin(AVRational time_base, const std::vector<std::int64_t>& chapter_starts) {
  time_base_ = time_base;
  for (const std::int64_t us : times_us_)
    due_.push_back(av_rescale_q(us, kMicroseconds, time_base));
  for (const std::int64_t offset : chapter_offsets_us_)
    for (const std::int64_t start : chapter_starts)
      due_.push_back(av_rescale_q(start, kMicroseconds, time_base) +
                     av_rescale_q(offset, kMicroseconds, time_base));
  std::sort(due_.begin(), due_.end());
}

bool ForcedKeys::next(std::int64_t pts, bool is_key, bool repeat) {
  if (first_pts_ == AV_NOPTS_VALUE) first_pts_ = pts;
  switch (kind_) {
    case Kind::none:
      return false;
    case Kind::times:
      if (next_due_ == due_.size() || pts < due_[next_due_]) return false;
      ++next_due_;
      return true;
    case Kind::expression:
      return evaluate(static_cast<double>(pts - first_pts_) * av_q2d(time_base_));
    case Kind::source:
      return is_key && !repeat;
    case Kind::source_no_drop:
      if (repeat) return false;
      return is_key || std::exchange(dropped_key_, false);
  }
  return false;
}

bool ForcedKeys::evaluate(double t) {
  values_[kT] = t;
  const bool forced = av_expr_eval(expression_.get(), values_.data(), nullptr) != 0;
  if (forced) {
    values_[kLastForcedN] = values_[kN];
    values_[kLastForcedT] = t;
    values_[kForced] += 1;
  }
  values_[kN] += 1;
  return forced;
}

}  // namespace latham::encoder
