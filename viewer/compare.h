// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "viewer/picture.h"

namespace latham::viewer {

/// Ways to look at source and output of a job.
enum class Compare : std::uint8_t { output, source, split, difference, blink };

[[nodiscard]] Compare next(Compare mode);
[[nodiscard]] std::string_view word(Compare mode);
/// Whether both pictures are needed.
[[nodiscard]] constexpr bool needs_both(Compare mode) {
  return mode == Compare::split || mode == Compare::difference;
}

/// Left of `column` from the one, from there on from the other, and a line between. Both of the same
/// size.
void split(const Picture& left, const Picture& right, int column, Picture& out);

/// How far apart each part of each pixel is, four times as bright as it is: one code value of
/// difference can be seen.
void difference(const Picture& a, const Picture& b, Picture& out);

}  // namespace latham::viewer
