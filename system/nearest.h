// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

namespace latham {

/// Letters to insert, delete or exchange to make one word of the other.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Levenshtein with one row: row[j] is the distance from a's first i letters to b's first j.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, exchanged});
    }
  }
  return row.back();
}

/// The candidate (of a range of strings) that was probably meant by `word`, or an empty view where none is
/// near enough. It looks into the range.
template <class Words>
[[nodiscard]] std::string_view nearest(std::string_view word, const Words& candidates) {
  std::string_view best;
  // A third of the letters wrong is no longer a slip of the finger.
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace latham
