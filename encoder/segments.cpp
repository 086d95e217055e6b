// SPDX-License-Identifier: MIT
#include "encoder/segments.h"

#include <algorithm>
#include <utility>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {

Segments::Segments(int stream, std::int64_t length_us, std::vector<control::Segment> kept,
                   PacketSpool& spool, Say say)
    : stream_(stream), length_us_(length_us), spool_(spool), say_(std::move(say)) {
  for (control::Segment& segment : kept) kept_[segment.number] = std::move(segment);
}

std::int64_t Segments::number_of(std::int64_t pts, AVRational time_base) const {
  return av_rescale_q(pts - first_pts_, time_base, AV_TIME_BASE_Q) / length_us_;
}

bool Segments::begins_with(std::int64_t pts, AVRational time_base) const {
  return !begun() || number_of(pts, time_base) > number_;
}

void Segments::begin(std::int64_t pts, AVRational time_base) {
  if (!begun()) first_pts_ = pts;
  number_ = number_of(pts, time_base);
  const auto found = kept_.find(number_);
  current_ = found == kept_.end() ? nullptr : &found->second;
  if (current_ != nullptr)
    spool_.begin_part({current_->offset, current_->bytes, current_->packets});
  else
    spool_.begin_part();
}

void Segments::close() {
  const std::string hash = spool_.flush();
  const PacketSpool::Part& part = spool_.parts().back();
  say_({stream_, number_, part.offset, part.bytes, part.packets, hash});
}

void JoinedDates::correct(AVPacket& packet) {
  if (packet.pts == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE) return;
  if (first_pts_ == AV_NOPTS_VALUE) first_pts_ = packet.pts;
  // The first packets of all are early by as many as the delay is.
  delay_known_ = delay_known_ || packet.dts >= first_pts_;
  pending_.push_back(packet.pts);
  std::push_heap(pending_.begin(), pending_.end(), std::greater<>());
  if (!delay_known_) return;
  std::pop_heap(pending_.begin(), pending_.end(), std::greater<>());
  packet.dts = pending_.back();
  pending_.pop_back();
}

}  // namespace latham::encoder
