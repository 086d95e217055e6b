// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>

namespace latham::stage {

/// CPU time of this process so far, all threads, milliseconds.
[[nodiscard]] inline std::int64_t cpu_time_ms() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

}  // namespace latham::stage
