// SPDX-License-Identifier: MIT
#include "media/stream_tally.h"

#include <fmt/format.h>

#include <algorithm>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::media {

void StreamTally::add(const AVPacket& packet, AVRational time_base) noexcept {
  ++packets_;
  time_base_ = time_base;
  if (packet.pts == AV_NOPTS_VALUE) {
    ++undated_;
    return;
  }
  first_ = std::min(first_, packet.pts);
  end_ = std::max(end_, packet.pts + std::max<std::int64_t>(packet.duration, 0));
  const auto pts = static_cast<std::uint64_t>(packet.pts);
  sums_[0] += pts;
  sums_[1] += pts * pts;
  sums_[2] += pts * pts * pts;
}

std::optional<std::int64_t> StreamTally::first_us() const noexcept {
  if (packets_ == undated_) return std::nullopt;
  return av_rescale_q(first_, time_base_, {1, AV_TIME_BASE});
}

void StreamTally::write(std::map<std::string, std::string>& fields) const {
  fields["packets"] = std::to_string(packets_);
  if (undated_ > 0) fields["undated"] = std::to_string(undated_);
  if (packets_ == undated_) return;
  fields["time_base"] = fmt::format("{}/{}", time_base_.num, time_base_.den);
  fields["first_us"] = std::to_string(*first_us());
  fields["end_us"] = std::to_string(av_rescale_q(end_, time_base_, {1, AV_TIME_BASE}));
  // The same sums of (pts - first), by the binomial theorem.
  const auto count = static_cast<std::uint64_t>(packets_ - undated_);
  const auto first = static_cast<std::uint64_t>(first_);
  const auto [one, two, three] = sums_;
  fields["pts"] = fmt::format(
      "{:x}.{:x}.{:x}", one - count * first, two - 2 * first * one + count * first * first,
      three - 3 * first * two + 3 * first * first * one - count * first * first * first);
}

}  // namespace latham::media
