// SPDX-License-Identifier: MIT
#include "encoder/ahead.h"

#include <algorithm>

#include "stage/channel_end.h"

namespace latham::encoder {
namespace {

/// Of frames and messages, where nothing is kept yet.
constexpr std::size_t kAtFirst = 16;

}  // namespace

std::optional<std::size_t> Ahead::lacking(Clock::time_point now) {
  if (now - dry_since_ < kPatience) return std::nullopt;
  dry_since_ = now;
  for (std::size_t n = 0; n < allowed_.size(); ++n) {
    const std::size_t input = (next_ + n) % allowed_.size();
    if (in_step_.has_ended(input) || !in_step_.may_take(input)) continue;
    next_ = input + 1;
    return input;
  }
  return std::nullopt;
}

void Ahead::wanted(std::int64_t input) {
  if (input < 0 || input >= static_cast<std::int64_t>(allowed_.size())) return;
  const auto own = static_cast<std::size_t>(input);
  std::size_t kept = kAtFirst;
  for (const Beside& beside : beside_)
    if (beside.input() == own) kept = std::max(kept, beside.kept());
  for (const VideoTrack& track : video_)
    if (track.input() == own) kept = std::max(kept, track.kept());
  allowed_[own] = kept;
}

void Ahead::take() {
  for (Beside& beside : beside_) {
    for (; may_take(beside.input()); --allowed_[beside.input()]) {
      const transport::Status status = beside.keep();
      if (status == transport::Status::again) break;
      if (status != transport::Status::ok)
        stage::throw_not_taken(status, "packets", static_cast<std::int64_t>(beside.kept()));
    }
  }
  for (VideoTrack& track : video_)
    while (may_take(track.input()) && track.keep()) --allowed_[track.input()];
}

bool Ahead::has_news() const {
  return std::any_of(beside_.begin(), beside_.end(),
                     [this](const Beside& beside) {
                       return may_take(beside.input()) && beside.can_keep();
                     }) ||
         std::any_of(video_.begin(), video_.end(), [this](const VideoTrack& track) {
           return may_take(track.input()) && track.can_keep();
         });
}

}  // namespace latham::encoder
