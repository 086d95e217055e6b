// SPDX-License-Identifier: MIT
#pragma once

namespace latham::ringbuf {

/// Stands before every store to memory that processes share. Nothing in the product; in the build that
/// tests/kill makes of this folder, a process ends itself here at the n-th call.
#ifdef LATHAM_KILL_POINTS
void kill_point() noexcept;
#else
constexpr void kill_point() noexcept {}
#endif

}  // namespace latham::ringbuf
