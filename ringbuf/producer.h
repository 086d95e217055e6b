// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ringbuf/doorbell.h"
#include "ringbuf/memory.h"
#include "ringbuf/status.h"

namespace latham::ringbuf {

enum class Policy : std::uint8_t {
  lossless,  ///< Sees every entry; the producer waits for it.
  latest,    ///< Takes the newest entry; the producer never waits for it.
};

/// What an entry keeps alive until it is retired: a reference to a codec's buffer, an upstream
/// frame. Dropped on whichever thread retires the entry.
using Keep = std::shared_ptr<void>;

/// Where the pixels of an entry lie; offsets count from the start of the pool named.
struct FrameLayout {
  Identity pool;
  std::uint32_t plane_count = 0;
  Plane plane[kMaxPlanes] = {};
};

namespace detail {
struct ProducerState;
}

/// One use of a slot of the producer's own pool. While any use of it lives, or an entry that shows
/// it is owed or held, the slot is not handed out again. Move-only; dropping it gives the use back.
/// Thread-safety: each handle by one thread at a time; different handles by any.
class SlotUse {
 public:
  SlotUse() noexcept = default;
  SlotUse(SlotUse&& other) noexcept;
  SlotUse& operator=(SlotUse&& other) noexcept;
  ~SlotUse();

  [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
  [[nodiscard]] std::uint32_t slot() const noexcept { return slot_; }
  /// The slot's pixels, PoolHeader::slot_bytes long, page-aligned, writable by this process.
  [[nodiscard]] std::byte* pixels() const noexcept;
  /// A further use of the same slot: a codec keeps reading a frame that was published.
  [[nodiscard]] SlotUse share() const noexcept;

 private:
  friend class Producer;
  SlotUse(std::shared_ptr<detail::ProducerState> state, std::uint32_t slot) noexcept;

  std::shared_ptr<detail::ProducerState> state_;
  std::uint32_t slot_ = 0;
};

/// Write end of one edge. Move-only: an edge has one producer, and its supervisor hands the writable
/// descriptor to it alone.
/// Crash: a frame being written is never seen; published entries stay readable; the successor gets a
/// new pool. Thread-safety: try_acquire() and SlotUse by any thread; the rest producer-side.
class Producer {
 public:
  /// Maps the pool (writable). The supervisor seals it afterwards.
  explicit Producer(UniqueFd pool_fd);
  Producer(Producer&& other) noexcept = default;
  Producer& operator=(Producer&& other) noexcept = default;
  /// Drops what the entries kept; they stay readable.
  ~Producer();

  /// Joins a consumer from the next entry on; the same index again only swaps its bell. `claims_fd` is mapped read-only.
  void attach(UniqueFd claims_fd, UniqueFd bell_fd, Policy policy);
  /// Ends all claims of a consumer that is dead or has left.
  void detach(std::uint32_t consumer) noexcept;

  /// A latest consumer is attached, so frames that lie upstream must be copied, not forwarded: a
  /// stopped viewer would hold up the upstream producer.
  [[nodiscard]] bool has_latest() const noexcept;

  /// Borrows a free slot with pages for `bytes` of pixels. Never blocks. full: every slot is in use,
  /// owed or held. no_memory: the kernel has no pages left (the slot stays free).
  Status try_acquire(std::uint64_t bytes, SlotUse& out) noexcept;
  /// The same, but takes only what is free already, and leaves `rest` slots free. Drops no Keep, so
  /// it may be called from inside a codec's allocator, whose lock the end of a Keep may want.
  Status try_acquire_free(std::uint64_t bytes, std::uint32_t rest, SlotUse& out) noexcept;

  /// Publishes one frame described by `use`'s slot, whose descriptor is written here. The pixels may
  /// lie in that slot, in another slot of this pool or in an upstream pool: `keep` must hold them.
  /// `origin` is the upstream entry it came from, 0 for none; `meta` at most kMetaBytes.
  /// full: entry q-N is still owed or shown; nothing was published. Wakes the consumers.
  Status publish(SlotUse& use, const FrameLayout& layout, std::span<const std::byte> meta,
                 std::uint64_t origin, Keep keep) noexcept;

  /// One more use of a slot that the caller knows to be in use (a codec's buffer lies in it).
  [[nodiscard]] SlotUse use_of(std::uint32_t slot) noexcept;

  /// True while this slot's descriptor is shown by an entry, so that another slot must describe a
  /// second frame with the same pixels.
  [[nodiscard]] bool is_shown(std::uint32_t slot) const noexcept;

  /// States that the stream is whole. Idempotent. Wakes the consumers.
  void end_of_stream() noexcept;

  /// Drops what finished entries kept. Returns the number of entries that are still owed to a
  /// lossless consumer. Does not block.
  std::uint32_t reclaim() noexcept;
  /// Entries that the slowest lossless consumer has not taken yet, by its own word: a hint how far
  /// ahead we are, which a hostile consumer may falsify in either direction. Its take rings our bell.
  [[nodiscard]] std::uint64_t untaken() const noexcept;
  [[nodiscard]] std::uint32_t free_slots() noexcept;
  /// The next entry's place is free: publish() says full of a slot that is shown alone.
  [[nodiscard]] bool has_place() noexcept;
  [[nodiscard]] std::uint64_t published() const noexcept;
  [[nodiscard]] const PoolMapping& pool() const noexcept;

  /// Which slot of this pool holds all of [data, data + bytes), or nothing.
  [[nodiscard]] bool find_slot(const void* data, std::uint64_t bytes,
                               std::uint32_t& slot) const noexcept;

 private:
  std::shared_ptr<detail::ProducerState> state_;
};

}  // namespace latham::ringbuf
