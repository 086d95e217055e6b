// SPDX-License-Identifier: MIT
#include "viewer/play_clock.h"

#include <cstdlib>

namespace latham::viewer {
namespace {

constexpr std::int64_t kJumpUs = 100'000;
constexpr std::int64_t kSlowness = 16;

}  // namespace

std::int64_t PlayClock::at(Clock::time_point now) const {
  if (paused_) return time_us_;
  const std::chrono::duration<double, std::micro> passed = now - since_;
  return time_us_ + static_cast<std::int64_t>(passed.count() * speed_);
}

void PlayClock::set(std::int64_t time_us, Clock::time_point now) {
  time_us_ = time_us;
  since_ = now;
}

void PlayClock::set_paused(bool paused, Clock::time_point now) {
  set(at(now), now);
  paused_ = paused;
}

void PlayClock::set_speed(double speed, Clock::time_point now) {
  set(at(now), now);
  speed_ = speed;
}

void PlayClock::follow(std::int64_t heard_us, Clock::time_point now) {
  const std::int64_t off = heard_us - at(now);
  set(at(now) + (std::llabs(off) > kJumpUs ? off : off / kSlowness), now);
}

}  // namespace latham::viewer
