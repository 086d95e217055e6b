// SPDX-License-Identifier: MIT
#include "viewer/compare.h"

#include <algorithm>
#include <cstdlib>

namespace latham::viewer {
namespace {

constexpr std::uint32_t kLine = 0xFFFFFFFF;
constexpr int kGain = 4;

std::uint32_t apart(std::uint32_t a, std::uint32_t b, int shift) {
  const int of_a = static_cast<int>(a >> shift & 0xFF);
  const int of_b = static_cast<int>(b >> shift & 0xFF);
  return static_cast<std::uint32_t>(std::min(std::abs(of_a - of_b) * kGain, 255)) << shift;
}

}  // namespace

Compare next(Compare mode) {
  return mode == Compare::blink ? Compare::output
                                : static_cast<Compare>(static_cast<int>(mode) + 1);
}

std::string_view word(Compare mode) {
  switch (mode) {
    case Compare::output:
      return "output";
    case Compare::source:
      return "source";
    case Compare::split:
      return "split";
    case Compare::difference:
      return "difference x4";
    case Compare::blink:
      return "blink";
  }
  return "";
}

void split(const Picture& left, const Picture& right, int column, Picture& out) {
  out.resize(right.size);
  const int at = std::clamp(column, 0, right.size.width);
  const auto width = static_cast<std::size_t>(right.size.width);
  for (int y = 0; y < right.size.height; ++y) {
    const std::size_t row = static_cast<std::size_t>(y) * width;
    std::copy_n(left.pixels.begin() + static_cast<std::ptrdiff_t>(row), at,
                out.pixels.begin() + static_cast<std::ptrdiff_t>(row));
    std::copy_n(right.pixels.begin() + static_cast<std::ptrdiff_t>(row) + at, right.size.width - at,
                out.pixels.begin() + static_cast<std::ptrdiff_t>(row) + at);
    if (at > 0 && at < right.size.width) out.at(at, y) = kLine;
  }
}

void difference(const Picture& a, const Picture& b, Picture& out) {
  out.resize(a.size);
  for (std::size_t i = 0; i < a.pixels.size() && i < b.pixels.size(); ++i)
    out.pixels[i] = 0xFF000000U | apart(a.pixels[i], b.pixels[i], 16) |
                    apart(a.pixels[i], b.pixels[i], 8) | apart(a.pixels[i], b.pixels[i], 0);
}

}  // namespace latham::viewer
