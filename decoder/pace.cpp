// SPDX-License-Identifier: MIT
#include "decoder/pace.h"

#include <algorithm>

namespace latham::decoder {

void Pace::reached(int stream, std::int64_t dts_us, Time now) {
  if (rate_ <= 0) return;
  if (ways_.empty()) began_ = now;
  // As in ffmpeg, what comes before the time 0 is not waited for.
  const auto [way, first] =
      ways_.try_emplace(stream, Way{std::max<std::int64_t>(dts_us, 0), dts_us});
  way->second.last_us = dts_us;
}

std::chrono::microseconds Pace::early(Time now) const {
  using Microseconds = std::chrono::duration<double, std::micro>;
  Microseconds most{0};
  for (const auto& [stream, way] : ways_) {
    const Microseconds played(static_cast<double>(way.last_us - way.first_us) / rate_);
    most = std::max<Microseconds>(most, played - (now - began_));
  }
  return std::chrono::ceil<std::chrono::microseconds>(most);
}

}  // namespace latham::decoder
