// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "transport/stop_event.h"

namespace latham::transport {

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
