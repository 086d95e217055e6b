// SPDX-License-Identifier: MIT
#include "encoder/frame_sync.h"

#include <algorithm>
#include <cmath>
#include <string_view>

extern "C" {
#include <libavutil/common.h>
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

/// More repetitions of one frame than this are a broken timestamp, not a pause.
constexpr std::int64_t kMostRepetitions = std::int64_t{3600} * 30 * 30;

std::int64_t median(std::int64_t a, std::int64_t b, std::int64_t c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

}  // namespace

std::optional<FpsMode> fps_mode(const std::string& word, const AVOutputFormat& format,
                                bool may_start_late) {
  if (word == "passthrough" || word == "0") return FpsMode::passthrough;
  if (word == "cfr" || word == "1") return FpsMode::cfr;
  if (word == "vfr" || word == "2") return FpsMode::vfr;
  if (word == "drop") return FpsMode::drop;
  if (!word.empty() && word != "auto" && word != "-1") return std::nullopt;
  if (std::string_view(format.name) == "avi") return FpsMode::vfr;
  if ((format.flags & AVFMT_VARIABLE_FPS) != 0)
    return (format.flags & AVFMT_NOTIMESTAMPS) != 0 ? FpsMode::passthrough : FpsMode::vfr;
  return may_start_late ? FpsMode::vscfr : FpsMode::cfr;
}

double FrameSync::exact(std::int64_t pts, AVRational time_base) const {
  if (pts == AV_NOPTS_VALUE) return static_cast<double>(AV_NOPTS_VALUE);
  // Finer ticks, as many as fit, so that the rounding of the decisions below is the same everywhere.
  const int extra_bits = av_clip(29 - av_log2(static_cast<unsigned>(time_base_.den)), 0, 16);
  const AVRational fine{time_base_.num, time_base_.den << extra_bits};
  double ticks = static_cast<double>(av_rescale_q(pts, time_base, fine) -
                                     av_rescale_q(start_us_, AV_TIME_BASE_Q, fine)) /
                 (1 << extra_bits);
  // Away from exact middles.
  ticks += (ticks > 0 ? 1.0 : ticks < 0 ? -1.0 : 0.0) / (1 << 17);
  return ticks;
}

FrameSync::Decision FrameSync::decide(double exact_pts, double duration) {
  Decision d{1, 0, 0};
  double drift = exact_pts - static_cast<double>(next_pts_);  // from where the frame would fall
  double end = drift + duration;
  if (drift < 0 && end > 0 && mode_ != FpsMode::passthrough && mode_ != FpsMode::drop) {
    exact_pts = static_cast<double>(next_pts_);
    duration += drift;
    drift = 0;
  }
  d.duration = duration;
  switch (mode_) {
    case FpsMode::vscfr:
      if (encoded_ == 0 && drift >= 0.5) {
        end = duration;
        drift = 0;
        next_pts_ = std::llrint(exact_pts);
      }
      [[fallthrough]];
    case FpsMode::cfr:
      if (end < -1.1) {
        d.frames = 0;
      } else if (end > 1.1) {
        d.frames = static_cast<std::int64_t>(std::llrintf(static_cast<float>(end)));
        if (drift > 1.1)
          d.previous = static_cast<std::int64_t>(std::llrintf(static_cast<float>(drift - 0.6)));
      }
      break;
    case FpsMode::vfr:
      if (end <= -0.6)
        d.frames = 0;
      else if (end > 0.6)
        next_pts_ = std::llrint(exact_pts);
      break;
    case FpsMode::passthrough:
    case FpsMode::drop:
      next_pts_ = std::llrint(exact_pts);
      break;
  }
  return d;
}

FrameSync::Decision FrameSync::next(std::optional<double> exact_pts, double duration) {
  Decision d;
  if (exact_pts) {
    d = decide(*exact_pts, duration);
  } else {
    d.frames = d.previous = median(recent_previous_[0], recent_previous_[1], recent_previous_[2]);
  }
  d.frames = std::min(d.frames, most_frames_ - encoded_);
  d.previous = std::min(d.previous, d.frames);

  recent_previous_[2] = recent_previous_[1];
  recent_previous_[1] = recent_previous_[0];
  recent_previous_[0] = d.previous;

  if (d.previous == 0 && last_dropped_) ++dropped_;
  const std::int64_t own =
      (d.previous != 0 && last_dropped_ ? 1 : 0) + (d.frames > d.previous ? 1 : 0);
  if (d.frames > own) {
    if (d.frames > kMostRepetitions) {
      ++dropped_;
      return {0, 0, 0};
    }
    repeated_ += d.frames - own;
  }
  last_dropped_ = d.frames == d.previous && exact_pts.has_value();
  return d;
}

}  // namespace latham::encoder
