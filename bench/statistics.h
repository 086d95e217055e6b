// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

/// What is said of the rounds of a measurement. Empty input gives NaN, never a number.
namespace latham::bench {

/// Value below which the share `q` (0..1) of the sorted values lies, interpolated between
/// neighbours.
[[nodiscard]] double quantile(std::vector<double> values, double q);

[[nodiscard]] inline double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

/// Distance between the quartiles in percent of the median: half of all rounds lay within it.
[[nodiscard]] double spread_percent(const std::vector<double>& values);

struct Summary {
  double median = 0;
  double spread = 0;  ///< spread_percent().
};
[[nodiscard]] Summary summarize(const std::vector<double>& values);

/// Of each round, what was measured over what was measured beside it in the same round: slow phases
/// of the machine hit both and cancel out. Rounds that only one of them has are left out.
[[nodiscard]] Summary ratio(const std::vector<double>& values, const std::vector<double>& base);

/// Beyond this spread a result is marked as noisy.
inline constexpr double kNoisyPercent = 10;

}  // namespace latham::bench
