// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "ringbuf/held_frame.h"
#include "ringbuf/memory.h"
#include "ringbuf/status.h"

namespace latham::ringbuf {

namespace detail {
struct LatestState;
}

/// Read end that takes the newest entry and may skip. The producer never waits for it, alive, stopped
/// or dead; it may hold up to kMaxHolds frames, which keep their slots.
/// Thread-safety: newest() by one thread; a HeldFrame may be dropped on any.
class LatestConsumer {
 public:
  LatestConsumer(UniqueFd pool_fd, UniqueFd claims_fd);
  void add_upstream_pool(UniqueFd pool_fd);

  /// The newest entry, unless it is the one that this call gave last. empty: nothing newer, or all
  /// holds are in use. end: the stream ended and its last entry was given.
  Status newest(HeldFrame& out);
  /// newest() would not say empty.
  [[nodiscard]] bool ready() const noexcept;
  [[nodiscard]] std::uint64_t skipped()
      const noexcept;  ///< Entries never given, between those that were.

 private:
  std::shared_ptr<detail::LatestState> state_;
};

}  // namespace latham::ringbuf
