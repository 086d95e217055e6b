// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ringbuf/doorbell.h"
#include "ringbuf/latest_consumer.h"
#include "ringbuf/lossless_consumer.h"
#include "ringbuf/memory.h"
#include "ringbuf/producer.h"
#include "system/error.h"

/// One edge in one process, and frames whose every byte is known from their number.
namespace latham::ringbuf::test {

inline constexpr Identity kIdentity{.session = 0x5e55, .edge = 1, .incarnation = 1};
inline constexpr PoolGeometry kSmall{.slots = 4, .entries = 4, .slot_bytes = 16 << 10};
inline constexpr std::uint32_t kRows = 16;
inline constexpr std::uint32_t kRowBytes = 512;
inline constexpr std::uint64_t kFrameBytes = std::uint64_t{kRows} * kRowBytes;
/// A budget of holds that no test comes near.
inline constexpr std::uint32_t kNoBudget = 1000;

[[nodiscard]] inline UniqueFd copy_of(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("duplicate a descriptor");
  return copy;
}

/// Word i of frame `number`: no two frames, nor two places of one, look alike.
[[nodiscard]] inline std::uint64_t stamp_word(std::uint64_t number, std::uint64_t i) {
  return (number * 0x9e3779b97f4a7c15U) ^ (i * 0xc2b2ae3d27d4eb4fU);
}

inline void stamp(std::byte* at, std::uint64_t bytes, std::uint64_t number) {
  for (std::uint64_t i = 0; i < bytes / 8; ++i) {
    const std::uint64_t word = stamp_word(number, i);
    std::memcpy(at + i * 8, &word, 8);
  }
}

/// Every byte of the run is that of frame `number`.
[[nodiscard]] inline bool is_stamped(const std::byte* at, std::uint64_t bytes,
                                     std::uint64_t number) {
  for (std::uint64_t i = 0; i < bytes / 8; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, at + i * 8, 8);
    if (word != stamp_word(number, i)) return false;
  }
  return true;
}

[[nodiscard]] inline bool is_stamped(const HeldFrame& frame, std::uint64_t number) {
  return frame.plane_count == 1 && frame.plane[0].rows == kRows &&
         frame.plane[0].stride == kRowBytes && is_stamped(frame.plane[0].data, kFrameBytes, number);
}
[[nodiscard]] inline bool is_stamped(const HeldFrame& frame) {
  return is_stamped(frame, frame.number);
}

/// One plane at the start of a slot.
[[nodiscard]] inline FrameLayout layout_in(const PoolMapping& pool, std::uint32_t slot) {
  FrameLayout layout{.pool = pool.header().identity, .plane_count = 1};
  layout.plane[0] = {.offset = pool.header().pixels_at + slot * pool.header().slot_bytes,
                     .stride = kRowBytes,
                     .rows = kRows,
                     .row_bytes = kRowBytes};
  return layout;
}

/// What the supervisor keeps of a consumer: its claims page, its index, its bell.
struct Seat {
  UniqueFd claims;
  UniqueFd bell;
  std::uint32_t index;
};

[[nodiscard]] inline Seat make_seat(std::uint32_t index) {
  return {create_claims({kIdentity.session, kIdentity.edge, 0}, index), create_bell(), index};
}

/// A sealed pool with its producer, and consumers that join it, as the supervisor joins them.
class Edge {
 public:
  explicit Edge(const PoolGeometry& geometry = kSmall, const Identity& identity = kIdentity)
      : pool(create_pool(identity, geometry)), bell(create_bell()), producer(copy_of(pool.get())) {
    seal_pool(pool.get());
  }

  /// Takes a consumer in without opening its end.
  Seat& seat(Policy policy) {
    seats.push_back(std::make_unique<Seat>(make_seat(static_cast<std::uint32_t>(seats.size()))));
    attach(*seats.back(), policy);
    return *seats.back();
  }
  void attach(const Seat& seat, Policy policy) {
    producer.attach(reopen_read_only(seat.claims.get()), copy_of(seat.bell.get()), policy);
  }
  [[nodiscard]] LosslessConsumer open_lossless(const Seat& seat, std::uint32_t budget = kNoBudget) {
    return {reopen_read_only(pool.get()), copy_of(seat.claims.get()), copy_of(bell.get()), budget};
  }
  [[nodiscard]] LatestConsumer open_latest(const Seat& seat) {
    return {reopen_read_only(pool.get()), copy_of(seat.claims.get())};
  }
  [[nodiscard]] LosslessConsumer lossless(std::uint32_t budget = kNoBudget) {
    return open_lossless(seat(Policy::lossless), budget);
  }
  [[nodiscard]] LatestConsumer latest() { return open_latest(seat(Policy::latest)); }

  /// The next frame, stamped with its number. full: nothing was published.
  Status publish(Keep keep = nullptr, std::uint64_t origin = 0,
                 std::span<const std::byte> meta = {}) {
    SlotUse use;
    if (const Status status = producer.try_acquire(kFrameBytes, use); status != Status::ok)
      return status;
    stamp(use.pixels(), kFrameBytes, producer.published() + 1);
    last_slot = use.slot();
    return producer.publish(use, layout_in(producer.pool(), use.slot()), meta, origin,
                            std::move(keep));
  }

  UniqueFd pool;
  UniqueFd bell;  ///< The producer's.
  Producer producer;
  std::vector<std::unique_ptr<Seat>> seats;
  std::uint32_t last_slot = 0;  ///< That publish() used.
};

/// A keep that counts how often it was dropped.
[[nodiscard]] inline Keep counting_keep(int& dropped) {
  return {static_cast<void*>(&dropped), [](void* count) { ++*static_cast<int*>(count); }};
}

}  // namespace latham::ringbuf::test
