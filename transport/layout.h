// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "transport/channel.h"

/// Laying out the planes of a frame in one run of bytes, the way every sender does it when it has to
/// copy: each plane at a multiple of kPlaneAlign, its stride likewise, kGuardBytes after it.
namespace latham::transport {

inline constexpr std::uint64_t align_up(std::uint64_t bytes) {
  return (bytes + kPlaneAlign - 1) / kPlaneAlign * kPlaneAlign;
}

/// Lowest address and length of the rows of a plane, whichever way they run.
struct Extent {
  const std::byte* first;
  std::uint64_t bytes;
};

inline Extent extent_of(const Plane& plane) {
  const std::int64_t span =
      plane.stride * static_cast<std::int64_t>(plane.rows == 0 ? 0 : plane.rows - 1);
  const std::byte* first = span < 0 ? plane.data + span : plane.data;
  return {first, static_cast<std::uint64_t>(span < 0 ? -span : span) + plane.row_bytes};
}

struct PackedPlane {
  std::uint64_t offset;
  std::uint64_t stride;
};

/// Fills `packed` (one for each plane) and returns the bytes that the whole frame takes.
inline std::uint64_t pack(const Plane* planes, std::uint32_t count, PackedPlane* packed) {
  std::uint64_t at = 0;
  for (std::uint32_t p = 0; p < count; ++p) {
    packed[p] = {at, align_up(planes[p].row_bytes)};
    at = align_up(at + packed[p].stride * planes[p].rows + kGuardBytes);
  }
  return at;
}

inline void copy_rows(const Plane& from, std::byte* to, std::uint64_t stride) {
  if (from.stride > 0 && static_cast<std::uint64_t>(from.stride) == stride && from.rows > 0) {
    std::memcpy(to, from.data, stride * (from.rows - 1) + from.row_bytes);
    return;
  }
  const std::byte* row = from.data;
  for (std::uint32_t r = 0; r < from.rows; ++r, row += from.stride, to += stride)
    std::memcpy(to, row, from.row_bytes);
}

}  // namespace latham::transport
