// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "bench/side.h"

namespace latham::bench {

/// Wakes of a process that sleeps on a process-shared semaphore, posted by another: latency_us is
/// one for each wake. The floor under everything that sleeps on one.
[[nodiscard]] SideResult run_bare_semaphore(std::uint64_t wakes);

}  // namespace latham::bench
