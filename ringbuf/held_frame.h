// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ringbuf/shm_layout.h"

namespace latham::ringbuf {

/// One frame that a consumer holds: a checked, private copy of its descriptor, and pointers into
/// read-only shared pixels. Move-only; letting it go (on any thread) ends the hold at once.
class HeldFrame {
 public:
  struct PlaneView {
    const std::byte* data =
        nullptr;  ///< First row; rows * stride and kGuardBytes more are readable.
    std::int64_t stride = 0;
    std::uint32_t rows = 0;
    std::uint32_t row_bytes = 0;
  };
  /// What ending the hold does; each kind of consumer has its own.
  class Claim {
   public:
    Claim() = default;
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    virtual ~Claim() = default;
  };

  std::uint64_t number = 0;  ///< Of the entry, from 1.
  std::uint64_t origin = 0;  ///< Of the upstream entry it came from, 0 for none.
  std::uint32_t plane_count = 0;
  PlaneView plane[kMaxPlanes];
  std::vector<std::byte> meta;
  std::unique_ptr<Claim> claim;
};

}  // namespace latham::ringbuf
