// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "transport/pipe.h"

namespace latham::transport {

/// What goes before each frame on a byte stream. Host byte order: both ends run on one machine.
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
static_assert(sizeof(FrameHeader) == 32 + 16 * kMaxPlanes + 0, "wire format");

inline constexpr std::uint32_t kFrameMagic = 0x4d52464c;  // "LFRM"
inline constexpr std::uint32_t kKindFrame = 0;
inline constexpr std::uint32_t kKindEnd = 1;
inline constexpr std::uint64_t kMaxFrameBytes = std::uint64_t{1} << 30;

struct PacketHeader {
  std::uint32_t bytes;
  std::uint32_t magic;
};
inline constexpr std::uint32_t kPacketMagic = 0x544b504c;  // "LPKT"

/// Writes all of `parts` to a non-blocking descriptor. False when the reader is gone or stop() was called.
[[nodiscard]] bool write_all(int fd, std::span<iovec> parts, const StopEvent& stop) noexcept;

/// Bytes read into [to, to + bytes); fewer at end of file, an error or stop().
[[nodiscard]] std::uint64_t read_all(int fd, void* to, std::uint64_t bytes,
                                     const StopEvent& stop) noexcept;

/// Makes the descriptor non-blocking and, for a pipe, its buffer as large as allowed.
void prepare(int fd) noexcept;

}  // namespace latham::transport
