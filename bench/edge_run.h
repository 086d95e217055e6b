// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>

#include "bench/side.h"

/// One run of an edge: both sides as processes of their own (or one with two threads), started by
/// running this program again.
namespace latham::bench {

struct EdgeResult {
  SideResult producer;
  SideResult consumer;
};

/// Throws std::runtime_error with what a side said, or that it hangs or died.
[[nodiscard]] EdgeResult run_edge(const SidePlan& plan);

struct SystemCalls {
  double producer = 0;  ///< Of each frame.
  double consumer = 0;
};

/// Counted in runs of their own under strace, as the difference between a short and a long run, so
/// that start and end cancel out. strace slows what it watches: sides sleep and wake more often
/// than they would alone. Nothing where there is no strace or it may not trace, and for two
/// threads.
[[nodiscard]] std::optional<SystemCalls> count_system_calls(const SidePlan& plan);

/// The hidden subcommand that a side is: `latham-bench side ROLE PLAN FD...`. Returns its exit
/// code.
[[nodiscard]] int run_side(std::span<const std::string> args);

}  // namespace latham::bench
