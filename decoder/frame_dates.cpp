// SPDX-License-Identifier: MIT
#include "decoder/frame_dates.h"

#include <algorithm>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::decoder {
namespace {

bool is_set(AVRational q) {
  return q.num != 0 && q.den != 0;
}

}  // namespace

void FrameDates::date(AVFrame& frame, const AVCodecContext& codec) {
  frame.pts = frame.best_effort_timestamp;
  if (frame.pts == AV_NOPTS_VALUE)
    frame.pts = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + last_duration_;
  last_duration_ = lasts(frame, codec);
  last_pts_ = frame.pts;
}

std::int64_t FrameDates::lasts(const AVFrame& frame, const AVCodecContext& codec) const {
  const std::int64_t since_last = last_pts_ == AV_NOPTS_VALUE ? -1 : frame.pts - last_pts_;
  const std::int64_t own = media::frame_duration(frame);
  // One tick is what FFmpeg guesses where it knows nothing.
  const bool guessed = own == 1 && since_last > 2 * own;
  if (own > 0 && !untimed_ && !guessed) return own;

  std::int64_t by_codec = 0;
  if (is_set(codec.framerate))
    by_codec = av_rescale_q(frame.repeat_pict + 2, av_inv_q(av_mul_q(codec.framerate, {2, 1})),
                            time_base_);
  if (by_codec > 0 && untimed_) return by_codec;
  if (since_last > 0) return since_last;
  if (own > 0) return own;
  if (by_codec > 0) return by_codec;
  if (is_set(average_rate_)) {
    const std::int64_t average = av_rescale_q(1, av_inv_q(average_rate_), time_base_);
    if (average > 0) return average;
  }
  return std::max<std::int64_t>(last_duration_, 1);
}

std::int64_t FrameDates::end_us() const {
  return last_pts_ == AV_NOPTS_VALUE
             ? AV_NOPTS_VALUE
             : av_rescale_q(last_pts_ + last_duration_, time_base_, {1, AV_TIME_BASE});
}

}  // namespace latham::decoder
