// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "transport/channel.h"

namespace latham::transport {

/// What goes before each frame where frames travel as bytes. Host byte order: both ends run on one
/// machine.
struct FrameHeader {
  std::uint32_t magic;
  std::uint32_t kind;  ///< 0: a frame follows; 1: end of stream, `number` frames were sent.
  std::uint64_t number;
  std::uint64_t origin;
  std::uint32_t plane_count;
  std::uint32_t meta_bytes;
  struct {
    std::uint64_t stride;  ///< Of the bytes that follow; rows run downwards.
    std::uint32_t rows;
    std::uint32_t row_bytes;
  } plane[kMaxPlanes];
};
static_assert(sizeof(FrameHeader) == 32 + 16 * kMaxPlanes, "wire format");

inline constexpr std::uint32_t kFrameMagic = 0x4d52464c;  // "LFRM"
inline constexpr std::uint32_t kKindFrame = 0;
inline constexpr std::uint32_t kKindEnd = 1;
/// Largest plane and largest frame that a receiver takes.
inline constexpr std::uint64_t kMaxFrameBytes = std::uint64_t{1} << 30;

}  // namespace latham::transport
