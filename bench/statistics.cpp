// SPDX-License-Identifier: MIT
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace latham::bench {

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const double at = std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (at - static_cast<double>(below));
}

double spread_percent(const std::vector<double>& values) {
  const double middle = median(values);
  if (std::isnan(middle)) return middle;
  const double width = quantile(values, 0.75) - quantile(values, 0.25);
  if (width == 0) return 0;
  return 100 * width / std::abs(middle);
}

Summary summarize(const std::vector<double>& values) {
  return {median(values), spread_percent(values)};
}

Summary ratio(const std::vector<double>& values, const std::vector<double>& base) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(values.size(), base.size()); ++i)
    ratios.push_back(values[i] / base[i]);
  return summarize(ratios);
}

}  // namespace latham::bench
