// SPDX-License-Identifier: MIT
#include "bench/test_frame.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "transport/layout.h"

namespace latham::bench {
namespace {

// GCC's and Clang's vectors: as fast as memory on every machine, without a word of assembler.
using Vector = std::uint64_t __attribute__((vector_size(32)));
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;  // odd: no two words of a row are the same

/// The first word of a row; word i is first + i * kStep.
std::uint64_t first_word(std::uint64_t number, std::uint32_t plane, std::uint32_t row) noexcept {
  std::uint64_t x = number * 0xbf58476d1ce4e5b9 + (std::uint64_t{plane} << 32 | row);
  x = (x ^ (x >> 30)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

void fill_row(std::byte* to, std::uint32_t bytes, std::uint64_t first) noexcept {
  Vector words = {first, first + kStep, first + 2 * kStep, first + 3 * kStep};
  std::uint32_t at = 0;
  for (; at + sizeof(words) <= bytes; at += sizeof(words)) {
    std::memcpy(to + at, &words, sizeof(words));
    words += 4 * kStep;
  }
  std::memcpy(to + at, &words, bytes - at);
}

bool is_row_right(const std::byte* from, std::uint32_t bytes, std::uint64_t first) noexcept {
  Vector words = {first, first + kStep, first + 2 * kStep, first + 3 * kStep};
  Vector wrong = {};
  std::uint32_t at = 0;
  for (; at + sizeof(words) <= bytes; at += sizeof(words)) {
    Vector read;
    std::memcpy(&read, from + at, sizeof(read));
    wrong |= read ^ words;
    words += 4 * kStep;
  }
  return (wrong[0] | wrong[1] | wrong[2] | wrong[3]) == 0 &&
         std::memcmp(from + at, &words, bytes - at) == 0;
}

std::uint32_t first_wrong_column(const std::byte* from, std::uint32_t bytes, std::uint64_t first) {
  std::vector<std::byte> right(bytes);
  fill_row(right.data(), bytes, first);
  std::uint32_t column = 0;
  while (column + 1 < bytes && from[column] == right[column]) ++column;
  return column;
}

/// The planes without memory.
std::vector<transport::Plane> shape_of(const FrameSize& size) {
  const std::uint32_t sample = size.bits > 8 ? 2 : 1;
  const transport::Plane chroma = {nullptr, 0, size.height / 2, size.width / 2 * sample};
  return {{nullptr, 0, size.height, size.width * sample}, chroma, chroma};
}

}  // namespace

FrameSize parse_size(std::string_view text, std::uint32_t bits) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"480p", "854x480"},
                                                                      {"720p", "1280x720"},
                                                                      {"1080p", "1920x1080"},
                                                                      {"4k", "3840x2160"},
                                                                      {"8k", "7680x4320"}};
  for (const auto& [name, size] : kNames)
    if (text == name) text = size;
  FrameSize size{0, 0, bits};
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  const bool has_height = width.ec == std::errc{} && width.ptr != end && *width.ptr == 'x';
  const auto height = has_height ? std::from_chars(width.ptr + 1, end, size.height)
                                 : std::from_chars_result{end, std::errc::invalid_argument};
  if (height.ec != std::errc{} || height.ptr != end)
    throw std::invalid_argument(
        fmt::format("size '{}' is not like 1920x1080, nor one of 480p, 720p, 1080p, 4k, 8k", text));
  if (size.width < 2 || size.height < 2 || size.width > 16384 || size.height > 16384 ||
      size.width % 2 != 0 || size.height % 2 != 0)
    throw std::invalid_argument(
        fmt::format("size '{}': width and height must be even, from 2 to 16384", text));
  if (bits != 8 && bits != 10)
    throw std::invalid_argument(fmt::format("{} bits a sample: take 8 or 10", bits));
  return size;
}

std::string to_text(const FrameSize& size) {
  return fmt::format("{}x{}", size.width, size.height);
}

std::vector<transport::Plane> planes_in(const std::byte* data, const FrameSize& size) {
  std::vector<transport::Plane> planes = shape_of(size);
  transport::PackedPlane packed[transport::kMaxPlanes];
  transport::pack(planes.data(), 3, packed);
  for (std::size_t p = 0; p < planes.size(); ++p) {
    planes[p].data = data + packed[p].offset;
    planes[p].stride = static_cast<std::int64_t>(packed[p].stride);
  }
  return planes;
}

std::uint64_t pixel_bytes(const FrameSize& size) {
  return std::uint64_t{size.width} * size.height * 3 / 2 * (size.bits > 8 ? 2 : 1);
}

std::uint64_t memory_bytes(const FrameSize& size) {
  transport::PackedPlane packed[transport::kMaxPlanes];
  return transport::pack(shape_of(size).data(), 3, packed);
}

void fill_frame(const std::vector<transport::Plane>& planes, std::uint64_t number) noexcept {
  for (std::uint32_t p = 0; p < planes.size(); ++p) {
    auto* row = const_cast<std::byte*>(planes[p].data);
    for (std::uint32_t r = 0; r < planes[p].rows; ++r, row += planes[p].stride)
      fill_row(row, planes[p].row_bytes, first_word(number, p, r));
  }
}

std::optional<std::string> check_frame(const transport::Plane* planes, std::uint32_t count,
                                       const FrameSize& size, std::uint64_t number) {
  const std::vector<transport::Plane> shape = shape_of(size);
  if (count != shape.size())
    return fmt::format("frame {} has {} planes, not {}", number, count, shape.size());
  for (std::uint32_t p = 0; p < count; ++p) {
    if (planes[p].rows != shape[p].rows || planes[p].row_bytes != shape[p].row_bytes)
      return fmt::format("frame {}, plane {}: {} rows of {} bytes, not {} of {}", number, p,
                         planes[p].rows, planes[p].row_bytes, shape[p].rows, shape[p].row_bytes);
    const std::byte* row = planes[p].data;
    for (std::uint32_t r = 0; r < planes[p].rows; ++r, row += planes[p].stride) {
      const std::uint64_t first = first_word(number, p, r);
      if (!is_row_right(row, planes[p].row_bytes, first))
        return fmt::format("frame {}, plane {}, row {}: byte {} is wrong", number, p, r,
                           first_wrong_column(row, planes[p].row_bytes, first));
    }
  }
  return std::nullopt;
}

}  // namespace latham::bench
