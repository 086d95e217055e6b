// SPDX-License-Identifier: MIT
#include "viewer/scopes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace latham::viewer {
namespace {

constexpr std::uint32_t kGround = 0xFF101010;
constexpr std::uint32_t kGrid = 0xFF383838;
/// Looked at: a large picture tells no more from all of its pixels.
constexpr int kMostColumns = 640;
constexpr int kMostRows = 360;

struct Rgb {
  int r, g, b;
};
Rgb parts(std::uint32_t pixel) {
  return {static_cast<int>(pixel >> 16 & 0xFF), static_cast<int>(pixel >> 8 & 0xFF),
          static_cast<int>(pixel & 0xFF)};
}

int luma(const Rgb& c) {
  return (54 * c.r + 183 * c.g + 19 * c.b) >> 8;
}

/// Blue and red difference, -128 to 127.
std::array<int, 2> chroma(const Rgb& c) {
  const int y = luma(c);
  return {std::clamp((c.b - y) * 138 / 256, -128, 127),
          std::clamp((c.r - y) * 163 / 256, -128, 127)};
}

void clear(Picture& out, Size size) {
  out.resize(size);
  std::fill(out.pixels.begin(), out.pixels.end(), kGround);
}

template <class Look>
void each_pixel(const Picture& picture, Look&& look) {
  const int across = std::max(picture.size.width / kMostColumns, 1);
  const int down = std::max(picture.size.height / kMostRows, 1);
  for (int y = 0; y < picture.size.height; y += down)
    for (int x = 0; x < picture.size.width; x += across) look(x, parts(picture.at(x, y)));
}

/// More light for each hit.
void brighten(std::uint32_t& pixel, int by, std::uint32_t mask) {
  const Rgb c = parts(pixel);
  const auto up = [&](int value, int shift) {
    const bool on = (mask >> shift & 0xFF) != 0;
    return static_cast<std::uint32_t>(std::min(on ? value + by : value, 255)) << shift;
  };
  pixel = 0xFF000000U | up(c.r, 16) | up(c.g, 8) | up(c.b, 0);
}

int gain_for(const Picture& picture, int most) {
  const int columns = std::min(picture.size.width, kMostColumns);
  const int rows = std::min(picture.size.height, kMostRows);
  return std::clamp(most * 256 * 64 / std::max(columns * rows, 1), 4, 96);
}

}  // namespace

void histogram(const Picture& picture, Picture& out) {
  clear(out, kScopeSize);
  std::array<std::array<std::uint32_t, 256>, 3> counts{};
  each_pixel(picture, [&](int /*x*/, const Rgb& c) {
    ++counts[0][static_cast<std::size_t>(c.r)];
    ++counts[1][static_cast<std::size_t>(c.g)];
    ++counts[2][static_cast<std::size_t>(c.b)];
  });
  std::uint32_t most = 1;
  for (const auto& part : counts)
    most = std::max(most, *std::max_element(part.begin(), part.end()));
  for (int x = 0; x < kScopeSize.width; ++x) {
    if (x % 64 == 0)
      for (int y = 0; y < kScopeSize.height; ++y) out.at(x, y) = kGrid;
    for (std::size_t part = 0; part < 3; ++part) {
      const double share =
          std::sqrt(static_cast<double>(counts[part][static_cast<std::size_t>(x)]) / most);
      const int height = static_cast<int>(std::lround(share * (kScopeSize.height - 1)));
      for (int y = 0; y < height; ++y)
        brighten(out.at(x, kScopeSize.height - 1 - y), 170, 0xFFU << (16 - 8 * part));
    }
  }
}

void waveform(const Picture& picture, Picture& out) {
  clear(out, kScopeSize);
  const auto row = [](int value) { return (kScopeSize.height - 1) * (255 - value) / 255; };
  for (const int value : {0, 64, 128, 191, 255})
    for (int x = 0; x < kScopeSize.width; ++x) out.at(x, row(value)) = kGrid;
  const int gain = gain_for(picture, 40);
  each_pixel(picture, [&](int x, const Rgb& c) {
    const int column = x * kScopeSize.width / picture.size.width;
    brighten(out.at(column, row(luma(c))), gain, 0x80FF80);
  });
}

void vectorscope(const Picture& picture, Picture& out) {
  clear(out, kVectorscopeSize);
  const int middle = kVectorscopeSize.width / 2;
  const auto place = [&](const Rgb& c) {
    const auto [blue, red] = chroma(c);
    const int reach = middle - 4;
    return Point{middle + blue * reach / 128, middle - red * reach / 128};
  };
  for (int i = 0; i < kVectorscopeSize.width; ++i) out.at(i, middle) = out.at(middle, i) = kGrid;
  constexpr Rgb kFull[] = {{255, 0, 0},   {255, 255, 0}, {0, 255, 0},
                           {0, 255, 255}, {0, 0, 255},   {255, 0, 255}};
  for (const Rgb& c : kFull) {
    const Point at = place(c);
    const auto shade = 0xFF000000U | static_cast<std::uint32_t>(c.r / 2 + 60) << 16 |
                       static_cast<std::uint32_t>(c.g / 2 + 60) << 8 |
                       static_cast<std::uint32_t>(c.b / 2 + 60);
    for (int d = -3; d <= 3; ++d)
      for (const Point& p : {Point{at.x + d, at.y - 3}, Point{at.x + d, at.y + 3},
                             Point{at.x - 3, at.y + d}, Point{at.x + 3, at.y + d}})
        if (p.x >= 0 && p.y >= 0 && p.x < kVectorscopeSize.width && p.y < kVectorscopeSize.height)
          out.at(p.x, p.y) = shade;
  }
  const int gain = gain_for(picture, 40);
  each_pixel(picture, [&](int /*x*/, const Rgb& c) {
    const Point at = place(c);
    brighten(out.at(at.x, at.y), gain, 0xFFFFFF);
  });
}

}  // namespace latham::viewer
