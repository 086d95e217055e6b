// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/side.h"

/// Runs of edges: their sides as processes of their own (or one with two threads).
namespace latham::bench {

struct EdgeResult {
  SideResult producer;
  std::vector<SideResult> consumers;

  /// The only one, or the first of several.
  [[nodiscard]] const SideResult& consumer() const { return consumers.front(); }
  /// Of one consumer, over the longer of the two sides' measured times: one that was late has few
  /// frames left, and takes them in no time.
  [[nodiscard]] double fps(const SideResult& of) const;
  /// Of the slowest consumer.
  [[nodiscard]] double fps() const;
};

/// Words before the program of each side, such as a tracer; empty for none.
struct Wrappers {
  std::vector<std::string> producer;
  std::vector<std::string> consumer;
};

/// Throws std::runtime_error with what a side said, or that it hangs or died.
[[nodiscard]] EdgeResult run_edge(const SidePlan& plan, const Wrappers& wrappers = {});

/// So many edges at once, side by side, which begin together.
[[nodiscard]] std::vector<EdgeResult> run_edges(const SidePlan& plan, std::uint32_t count,
                                                const Wrappers& wrappers = {});

}  // namespace latham::bench
