// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "ringbuf/doorbell.h"
#include "ringbuf/held_frame.h"
#include "ringbuf/memory.h"
#include "ringbuf/status.h"

namespace latham::ringbuf {

class PixelMap;
namespace detail {
struct LosslessState;
}

/// Keeps the frames held in one slot where they are, since somebody downstream reads them there.
/// Move-only. Thread-safety: each by one thread at a time; different pins by any.
class SlotPin {
 public:
  SlotPin() noexcept = default;
  SlotPin(SlotPin&& other) noexcept = default;
  SlotPin& operator=(SlotPin&& other) noexcept;
  ~SlotPin();

 private:
  friend class LosslessConsumer;
  std::shared_ptr<detail::LosslessState> state_;
  const PixelMap* map_ = nullptr;
  std::uint32_t slot_ = 0;
};

/// Read end that sees every entry once, in order. The producer waits for it, so it must not keep
/// frames without end: past `budget` held frames (forwarded ones not counted), or when the ring
/// comes near a held entry, the oldest held frame is moved to private memory in place ("evicted") and its slot let go. Pointers
/// stay valid, the move is counted.
///
/// Crash: held entries stay owed until the supervisor detaches the consumer, or a new incarnation
/// takes over the same claims page: it is given every entry again that was not finished.
/// Thread-safety: next() consumer-side; a HeldFrame may be dropped on any thread, also after the
/// consumer is gone.
class LosslessConsumer {
 public:
  /// `pool_fd` is mapped read-only, `claims_fd` writable; `producer_bell_fd` is rung at each release.
  LosslessConsumer(UniqueFd pool_fd, UniqueFd claims_fd, UniqueFd producer_bell_fd,
                   std::uint32_t budget);

  /// An upstream pool whose pixels may be forwarded on this edge (mapped read-only). One of a later incarnation
  /// takes the place of that edge's earlier ones, which go once nothing here lies in them: our producer must
  /// have moved over to it. Consumer-side, as next().
  void add_upstream_pool(UniqueFd pool_fd);

  /// The next entry. Never blocks. empty: none yet, and none of our frames keeps it from coming but those that are
  /// forwarded. corrupt: the producer broke the protocol.
  /// May throw std::system_error when an eviction finds no memory.
  Status next(HeldFrame& out);

  /// Moves every held frame whose pixels lie upstream to private memory, as an eviction does: its producer
  /// is dead, and what it held for us upstream goes with its successor. Throws std::system_error.
  void leave_upstream();
  /// The same for those frames whose producer up there has come so much further that it may wait for them: for when
  /// nothing has come from our own for long. Throws std::system_error.
  void make_way_upstream();

  /// Looks without taking: next() would not say empty.
  [[nodiscard]] bool ready() const noexcept;

  [[nodiscard]] std::uint64_t taken() const noexcept;    ///< Entries taken by this incarnation.
  [[nodiscard]] std::uint64_t evicted() const noexcept;  ///< Frames moved to private memory.
  [[nodiscard]] std::uint64_t evicted_bytes() const noexcept;
  [[nodiscard]] std::uint32_t held() const noexcept;  ///< Frames held and not evicted.

  /// What forward() came to.
  enum class Forward : std::uint8_t {
    yes,    ///< Where the pixels lie was stored.
    no,     ///< They are in no frame that is held in its slot: copy them.
    later,  ///< As many are forwarded as may be; try again when a pin was dropped.
  };
  /// Prepares to show pixels of a held frame downstream: which pool they lie in, and where. While
  /// `pin` lives, what is held in that slot is not moved out; so whoever shows the frame keeps the
  /// pin, and the frame, until its own consumers are done, and no longer. A pin that holds the same
  /// slot already is used again. At most kMaxForwarded frames at a time, which is more than a
  /// consumer downstream keeps, so that waiting for `later` ends.
  [[nodiscard]] Forward forward(const void* data, std::uint64_t bytes, Identity& pool,
                                std::uint64_t& offset, SlotPin& pin) noexcept;
  /// False while forward() would say later of a frame that is not forwarded yet.
  [[nodiscard]] bool may_forward() const noexcept;
  static constexpr std::uint32_t kMaxForwarded = 8;

 private:
  std::shared_ptr<detail::LosslessState> state_;
};

}  // namespace latham::ringbuf
