// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "ringbuf/held_frame.h"
#include "ringbuf/memory.h"

namespace latham::ringbuf {

/// A consumer's read-only view of one pool: its own edge's, or an upstream one whose pixels are
/// forwarded. Checks every number that the producer wrote before it becomes a pointer.
/// Thread-safety: one thread, but for release_evicted().
class PixelMap {
 public:
  explicit PixelMap(UniqueFd pool_fd);
  PixelMap(const PixelMap&) = delete;
  PixelMap& operator=(const PixelMap&) = delete;
  ~PixelMap();

  [[nodiscard]] const PoolMapping& pool() const noexcept { return pool_; }

  /// How far `address`, which lies in slot `slot`'s present mapping, is from its start.
  [[nodiscard]] std::uint64_t offset_in_slot(std::uint32_t slot,
                                             const std::byte* address) const noexcept {
    return static_cast<std::uint64_t>(address - slot_at_[slot]);
  }

  /// Bytes of this process's address space that a frame lies in, and the slot that owns them.
  struct Range {
    std::byte* first = nullptr;
    std::uint64_t bytes = 0;
    std::uint32_t slot = 0;
  };

  /// Turns the planes of a private copy of a descriptor into pointers. False where a plane does not
  /// lie, with its guard, inside one slot of this pool.
  [[nodiscard]] bool locate(const SlotDescriptor& copy, HeldFrame& frame, Range& range) noexcept;

  /// `range` must cover every hold in the slot's present mapping. Moves its bytes to private pages at the same addresses and maps the slot afresh
  /// elsewhere, so that the slot may be reused while pointers into `range` stay valid. Returns the
  /// bytes copied. Throws std::system_error when the kernel refuses memory or mappings.
  std::uint64_t evict(const Range& range);
  /// Gives back the private pages of an evicted range. Any thread.
  void release_evicted(const Range& range) noexcept;

 private:
  [[nodiscard]] bool is_primary(const std::byte* address) const noexcept;

  PoolMapping pool_;
  std::vector<std::byte*> slot_at_;       ///< Where each slot is mapped now.
  std::vector<std::uint64_t> populated_;  ///< Bytes of each slot that were faulted in.
};

/// A private copy of slot `slot`'s descriptor: copied once, then checked for counts. False where the
/// counts are impossible.
[[nodiscard]] bool copy_descriptor(const PoolMapping& pool, std::uint32_t slot,
                                   SlotDescriptor& fixed, std::vector<std::byte>& meta);

}  // namespace latham::ringbuf
