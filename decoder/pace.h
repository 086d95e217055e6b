// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

namespace latham::decoder {

/// -re and -readrate: an input that is read no faster than it plays, as if it were live.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Seconds of the input in a second; 0: as fast as others take it.
  explicit Pace(double rate) : rate_(rate) {}

  /// What was read of a stream stands at `dts_us` now.
  void reached(int stream, std::int64_t dts_us, Time now);
  /// How long the next packet has to wait: until no stream is ahead of the clock.
  [[nodiscard]] std::chrono::microseconds early(Time now) const;

 private:
  struct Way {
    std::int64_t first_us;
    std::int64_t last_us;
  };

  double rate_;
  Time began_{};
  std::map<int, Way> ways_;  ///< By stream; empty before the first packet.
};

}  // namespace latham::decoder
