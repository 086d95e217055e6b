// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace latham::supervisor {

/// Letters to insert, delete or exchange to make one word of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, or an empty view where none is near enough to be what was
/// meant.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace latham::supervisor
