// SPDX-License-Identifier: MIT
#include "media/time_window.h"

#include <fmt/format.h>

#include "system/failure.h"

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/parseutils.h>
}

namespace latham::media {

std::int64_t parse_time(const std::string& option, const std::string& text) {
  std::int64_t us = 0;
  if (av_parse_time(&us, text.c_str(), 1) < 0)
    throw StageFailure(
        FailureKind::usage,
        fmt::format("{} {}: not a time; write seconds (90.5), 1:30.5 or 500ms", option, text));
  return us;
}

TimeWindow read_window(const std::string& ss, const std::string& t, const std::string& to) {
  TimeWindow window;
  if (!ss.empty()) window.start = parse_time("-ss", ss);
  if (!t.empty()) {
    window.duration = parse_time("-t", t);
    if (*window.duration < 0)
      throw StageFailure(FailureKind::usage, fmt::format("-t {}: a duration is not negative", t));
  } else if (!to.empty()) {
    window.duration = parse_time("-to", to) - window.start_or_zero();
    if (*window.duration <= 0)
      throw StageFailure(
          FailureKind::usage,
          fmt::format("-to {}: lies before the start ({}); give a later time or use -t", to,
                      ss.empty() ? "0" : "-ss " + ss));
  }
  return window;
}

Trim::Place Trim::look(std::int64_t pts, AVRational time_base) {
  if (past_) return Place::past;
  if (window_.start) {
    const std::int64_t start = av_rescale_q(*window_.start, AV_TIME_BASE_Q, time_base);
    if (pts == AV_NOPTS_VALUE || pts < start) return Place::before;
  }
  if (first_ == AV_NOPTS_VALUE) first_ = pts;
  // A duration of no tick limits nothing there; ffmpeg's encoders have their own look at it.
  const std::int64_t ticks = av_rescale_q(window_.duration.value_or(0), AV_TIME_BASE_Q, time_base);
  if (ticks == 0) return Place::inside;
  past_ = pts == AV_NOPTS_VALUE || pts - first_ >= ticks;
  return past_ ? Place::past : Place::inside;
}

}  // namespace latham::media
