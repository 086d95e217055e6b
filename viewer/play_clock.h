// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

namespace latham::viewer {

/// Where a playback is: it runs by itself and is put right by the sound, which leads.
class PlayClock {
 public:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::int64_t at(Clock::time_point now) const;
  void set(std::int64_t time_us, Clock::time_point now);
  void set_paused(bool paused, Clock::time_point now);
  void set_speed(double speed, Clock::time_point now);
  /// What is heard at this moment. Small differences are the device's jitter and are followed
  /// slowly, large ones at once.
  void follow(std::int64_t heard_us, Clock::time_point now);
  [[nodiscard]] bool paused() const noexcept { return paused_; }
  [[nodiscard]] double speed() const noexcept { return speed_; }

 private:
  std::int64_t time_us_ = 0;
  Clock::time_point since_{};
  double speed_ = 1;
  bool paused_ = true;
};

}  // namespace latham::viewer
