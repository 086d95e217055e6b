// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "bench/side.h"

namespace latham::bench {

/// The floor of the latencies: this process is woken `wakes` times by a child that passes nothing but
/// the time, with the gap of Mode::latency between: by a bare process-shared semaphore, or, where it
/// spins, by a bare flag. Both do to a frame of `size` in memory of their own what the sides of a
/// transport do to the one that they pass, so that their caches are as cold. Returns the sleeper's side.
/// Throws std::system_error.
[[nodiscard]] SideResult run_bare_signal(std::uint64_t wakes, bool spin, const FrameSize& size);

}  // namespace latham::bench
