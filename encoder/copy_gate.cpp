// SPDX-License-Identifier: MIT
#include "encoder/copy_gate.h"

#include <algorithm>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {

CopyGate::CopyGate(const OutputTime& output, const media::InputSpan& input, AVMediaType type)
    : output_(output), input_(input), type_(type) {}

void CopyGate::end_at(std::int64_t end_us) {
  std::optional<std::int64_t>& duration = output_.window.duration;
  duration = std::min(end_us, duration.value_or(end_us));
}

bool CopyGate::admit(const AVPacket& packet, AVRational time_base, std::int64_t clock_us) {
  const std::int64_t start = output_.window.start_or_zero();
  if (output_.window.start && clock_us < start) return false;
  if (type_ != AVMEDIA_TYPE_VIDEO && clock_us < input_.beside_start) return false;
  if (!started_) {
    if ((packet.flags & AV_PKT_FLAG_KEY) == 0 && !output_.copy_without_key) return false;
    const std::int64_t earliest = std::max(start, input_.copy_start);
    const bool is_before = packet.pts == AV_NOPTS_VALUE
                               ? clock_us < earliest
                               : packet.pts < av_rescale_q(earliest, AV_TIME_BASE_Q, time_base);
    if (is_before && !output_.copy_before_start) return false;
  }
  ended_ = ended_ || clock_us >= input_.copy_end ||
           (output_.window.duration && clock_us >= start + *output_.window.duration);
  if (ended_) return false;
  started_ = true;
  return true;
}

}  // namespace latham::encoder
