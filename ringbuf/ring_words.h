// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "ringbuf/kill_point.h"
#include "ringbuf/shm_layout.h"

/// Every operation on the ring's shared words, by name. With doorbell.cpp and packet_ring.cpp this is
/// the only file that may say memory_order; each operation has its row, and each SYNC tag its pair,
/// in docs/ring-protocol.md. Nothing here blocks, allocates or throws.
namespace latham::ringbuf::words {

// ---- producer-side ---------------------------------------------------------------------------

/// The place is about to be rewritten: a latest consumer that still looks at it must notice.
inline void open_entry(Entry& e) noexcept {
  kill_point();
  e.number.store(0, std::memory_order_relaxed);
  // SYNC entry-intact: fence; pairs with confirm_entry(). Whoever sees a new word below sees 0 above.
  std::atomic_thread_fence(std::memory_order_release);
}

inline void write_entry(Entry& e, std::uint64_t number, std::uint32_t slot,
                        std::uint64_t origin) noexcept {
  kill_point();
  e.slot.store(slot, std::memory_order_relaxed);
  kill_point();
  e.origin.store(origin, std::memory_order_relaxed);
  kill_point();
  e.retired.store(0, std::memory_order_relaxed);
  kill_point();
  // SYNC entry-intact: release; pairs with read_entry().
  e.number.store(number, std::memory_order_release);
}

inline void publish_head(ProducerLine& line, std::uint64_t number) noexcept {
  kill_point();
  // SYNC frame-visible: release; pairs with load_head(). Pixels, descriptor and entry come before.
  line.head.store(number, std::memory_order_release);
}

inline void publish_end(ProducerLine& line, std::uint64_t frames) noexcept {
  kill_point();
  // SYNC end-of-stream: release; pairs with load_end(). The last head comes before.
  line.end.store(frames + 1, std::memory_order_release);
}

inline void publish_owed_from(PoolFront& pool, std::uint32_t consumer,
                              std::uint64_t first) noexcept {
  kill_point();
  // SYNC attach: release; pairs with load_owed_from(). Entries from `first` on wait for this consumer.
  pool.owed_from[consumer].store(first, std::memory_order_release);
}

inline bool is_done(const Claims& c, std::uint32_t place, std::uint64_t number) noexcept {
  // SYNC slot-free: acquire; pairs with mark_done(). The consumer's reads are over.
  return c.done[place].load(std::memory_order_acquire) == number;
}

/// Marks entry `number` as wanted back: nobody new may hold it. Where its place was rewritten
/// already, the new number is the mark (open_entry). Ask is_held() only after retire_fence().
inline void retire_entry(Entry& e, std::uint64_t number) noexcept {
  if (e.number.load(std::memory_order_relaxed) == number) {
    kill_point();
    e.retired.store(1, std::memory_order_relaxed);
  }
}

/// Between all marks and the looks at the holds.
inline void retire_fence() noexcept {
  // SYNC latest-hold: full fence; pairs with announce_hold(). Either we see the hold or the consumer
  // sees the mark.
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// The entry that hold word k names, 0 for none.
inline std::uint64_t held_entry(const Claims& c, std::uint32_t k) noexcept {
  // SYNC latest-release: acquire; pairs with release_hold() and announce_hold(). The reads of what
  // the word named before are over.
  return c.hold[k].load(std::memory_order_acquire);
}

// ---- consumer-side ---------------------------------------------------------------------------

inline std::uint64_t load_head(const ProducerLine& line) noexcept {
  // SYNC frame-visible: acquire; pairs with publish_head().
  return line.head.load(std::memory_order_acquire);
}

/// First entry owed to this consumer, 0 while it is not attached.
inline std::uint64_t load_owed_from(const PoolFront& pool, std::uint32_t consumer) noexcept {
  // SYNC attach: acquire; pairs with publish_owed_from().
  return pool.owed_from[consumer].load(std::memory_order_acquire);
}

/// Frames published, once the stream has ended.
inline std::optional<std::uint64_t> load_end(const ProducerLine& line) noexcept {
  // SYNC end-of-stream: acquire; pairs with publish_end().
  const std::uint64_t end = line.end.load(std::memory_order_acquire);
  if (end == 0) return std::nullopt;
  return end - 1;
}

struct EntryCopy {
  std::uint64_t number;
  std::uint64_t origin;
  std::uint32_t slot;
};

inline EntryCopy read_entry(const Entry& e) noexcept {
  EntryCopy copy{};
  // SYNC entry-intact: acquire; pairs with write_entry().
  copy.number = e.number.load(std::memory_order_acquire);
  copy.origin = e.origin.load(std::memory_order_relaxed);
  copy.slot = e.slot.load(std::memory_order_relaxed);
  return copy;
}

/// Latest consumers only, after announce_hold(): entry `number` is still there and not wanted back.
inline bool confirm_entry(const Entry& e, std::uint64_t number) noexcept {
  // SYNC entry-intact: fence; pairs with open_entry(). The copies above were taken before this look.
  std::atomic_thread_fence(std::memory_order_acquire);
  // acquire: a 0 that belongs to entry q + N brings with it that `number` is no longer q.
  if (e.retired.load(std::memory_order_acquire) != 0) return false;
  return e.number.load(std::memory_order_relaxed) == number;
}

inline void mark_done(Claims& c, std::uint32_t place, std::uint64_t number) noexcept {
  kill_point();
  // SYNC slot-free: release; pairs with is_done(). Our reads of the frame come before.
  c.done[place].store(number, std::memory_order_release);
}

inline void store_position(Claims& c, std::uint64_t number) noexcept {
  kill_point();
  // relaxed: for the next incarnation of this consumer, which starts after our death; to the producer
  // it is a hint, and a ring follows.
  c.position.store(number, std::memory_order_relaxed);
}

inline std::uint64_t load_position(const Claims& c) noexcept {
  return c.position.load(std::memory_order_relaxed);
}

/// Own done word (only this consumer writes it).
inline bool own_done(const Claims& c, std::uint32_t place, std::uint64_t number) noexcept {
  return c.done[place].load(std::memory_order_relaxed) == number;
}

inline void announce_hold(Claims& c, std::uint32_t k, std::uint64_t number) noexcept {
  kill_point();
  // SYNC latest-release: release; pairs with held_entry(). The word may have named another entry,
  // whose reads come before, and the 0 between may never be seen.
  c.hold[k].store(number, std::memory_order_release);
  // SYNC latest-hold: full fence; pairs with retire_fence().
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

inline void release_hold(Claims& c, std::uint32_t k) noexcept {
  kill_point();
  // SYNC latest-release: release; pairs with held_entry(). Our reads of the frame come before.
  c.hold[k].store(0, std::memory_order_release);
}

}  // namespace latham::ringbuf::words
