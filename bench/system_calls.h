// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "bench/side.h"

namespace latham::bench {

struct SystemCalls {
  double producer = 0;  ///< Of each frame.
  double consumer = 0;
};

/// Counted in runs of their own, as the difference between a short and a long run, so that start and
/// end cancel out: by the kernel's tracepoint with `perf stat`, which hardly slows what it watches,
/// or else by `strace -c`, under which sides sleep and wake more often than they would alone.
/// Nothing where there is neither or they may not trace, and for two threads.
[[nodiscard]] std::optional<SystemCalls> count_system_calls(const SidePlan& plan);

/// The count in what `perf stat -x,` or `strace -c -U calls,name` wrote; nothing if there is none.
[[nodiscard]] std::optional<double> count_in(const std::string& text);

}  // namespace latham::bench
