// SPDX-License-Identifier: MIT
#include "ringbuf/producer.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ringbuf/ring_words.h"

namespace latham::ringbuf {
namespace detail {

/// What only the producer's process knows. The mutex is private memory: it is taken for a few
/// hundred nanoseconds a frame, by the publishing thread and by codec threads that return buffers.
struct ProducerState {
  explicit ProducerState(UniqueFd fd) : pool(std::move(fd), Access::write) {
    slots.resize(pool.header().slots);
    free_list.reserve(slots.size());
    holds.reserve(kMaxConsumers * kMaxHolds);
    // Taken from the back: the most recently used slot first, whose pages are warm.
    for (std::uint32_t s = pool.header().slots; s-- > 0;) free_list.push_back(s);
  }

  struct Slot {
    std::uint32_t uses = 0;
    std::uint64_t entry = 0;  ///< The entry that shows it, 0 for none.
    /// Every lossless consumer has done `entry`. Remembered, since entry q + N reuses its done word.
    bool finished = false;
    bool forwarded = false;  ///< Its pixels lie upstream, so showing it holds up another producer.
    std::uint64_t populated = 0;
    Keep keep;
  };
  struct Consumer {
    ClaimsMapping claims;
    BellRinger bell;
    Policy policy;
    std::uint64_t owed_from;
  };

  mutable std::mutex mutex;
  PoolMapping pool;
  std::vector<Slot> slots;
  std::vector<std::uint32_t> free_list;
  std::array<std::optional<Consumer>, kMaxConsumers> consumers;
  std::uint64_t head = 0;
  bool ended = false;
  std::vector<std::uint64_t> holds;  ///< marked_holds()' list, kept for its memory.

  [[nodiscard]] bool is_owed(std::uint64_t number) const noexcept {
    return std::any_of(consumers.begin(), consumers.end(), [&](const auto& c) {
      return c && c->policy == Policy::lossless && number >= c->owed_from &&
             !words::is_done(c->claims.claims(), pool.place(number), number);
    });
  }

  /// Finished, and not to be kept for a late joiner: the newest entry stays readable, unless it is a
  /// forwarded one, which would hold up its own producer for as long as nothing newer comes.
  [[nodiscard]] bool is_wanted_back(const Slot& slot) const noexcept {
    return slot.entry != 0 && slot.finished && (slot.entry != head || slot.forwarded);
  }

  /// Marks all that is wanted back, then reads each hold word once: a word that moves meanwhile can
  /// then keep one slot at most.
  [[nodiscard]] std::vector<std::uint64_t>& marked_holds() noexcept {
    holds.clear();
    const bool any = std::any_of(consumers.begin(), consumers.end(),
                                 [](const auto& c) { return c && c->policy == Policy::latest; });
    if (!any) return holds;
    for (const Slot& slot : slots)
      if (is_wanted_back(slot)) words::retire_entry(pool.entry(slot.entry), slot.entry);
    words::retire_fence();
    for (const auto& c : consumers)
      if (c && c->policy == Policy::latest)
        for (std::uint32_t k = 0; k < kMaxHolds; ++k)
          holds.push_back(words::held_entry(c->claims.claims(), k));
    return holds;
  }

  void free_if_unused(std::uint32_t s) noexcept {
    if (slots[s].uses == 0 && slots[s].entry == 0) free_list.push_back(s);
  }

  /// Retires finished entries; what they kept is moved to `dropped`, to be released without the
  /// mutex (a codec's buffer returns its own slot use). Returns how many are still owed.
  std::uint32_t collect(std::vector<Keep>& dropped) noexcept {
    std::uint32_t owed = 0;
    for (Slot& slot : slots) {
      if (slot.entry == 0) continue;
      slot.finished = slot.finished || !is_owed(slot.entry);
      if (!slot.finished) ++owed;
    }
    const std::vector<std::uint64_t>& held = marked_holds();
    for (std::uint32_t s = 0; s < slots.size(); ++s) {
      Slot& slot = slots[s];
      if (!is_wanted_back(slot) || std::find(held.begin(), held.end(), slot.entry) != held.end())
        continue;
      slot.entry = 0;
      if (slot.keep) dropped.push_back(std::move(slot.keep));
      free_if_unused(s);
    }
    return owed;
  }

  /// Entry `number` is done by all who were owed it, so its place and its done words may be reused.
  [[nodiscard]] bool finish(std::uint64_t number) noexcept {
    for (Slot& slot : slots) {
      if (slot.entry != number) continue;
      slot.finished = slot.finished || !is_owed(number);
      return slot.finished;
    }
    return true;
  }

  /// Entry `number` may be written where entry `number` - N was.
  [[nodiscard]] bool has_place(std::uint64_t number) noexcept {
    const std::uint64_t capacity = pool.header().entries;
    return number <= capacity || finish(number - capacity);
  }

  /// Before a latest consumer may look: it must not hold what lies upstream, nor what is free already.
  void hide_forwarded() noexcept {
    bool head_is_shown = false;
    for (const Slot& slot : slots) {
      if (slot.entry == 0) continue;
      if (slot.forwarded) words::retire_entry(pool.entry(slot.entry), slot.entry);
      if (slot.entry == head) head_is_shown = true;
    }
    if (head != 0 && !head_is_shown) words::retire_entry(pool.entry(head), head);
  }

  void ring_consumers() noexcept {
    for (auto& c : consumers)
      if (c) c->bell.ring();
  }
};

}  // namespace detail

namespace {

using detail::ProducerState;

/// Into a descriptor, which nobody reads before its entry is published.
template <class Value>
void store(Value& shared, const Value& value) noexcept {
  kill_point();
  shared = value;
}

/// Keeps dropped references in one place until the mutex is released.
struct Dropped {
  Dropped() { keeps.reserve(kMaxEntries); }
  std::vector<Keep> keeps;
};

std::vector<Keep>& dropped_here() {
  thread_local Dropped dropped;
  return dropped.keeps;
}

std::uint32_t collect_and_drop(ProducerState& state) noexcept {
  // A nested call (dropping a reference that acquires) would find the list in use; none does.
  std::vector<Keep>& dropped = dropped_here();
  std::uint32_t owed = 0;
  {
    const std::lock_guard lock(state.mutex);
    owed = state.collect(dropped);
  }
  dropped.clear();
  return owed;
}

}  // namespace

SlotUse::SlotUse(std::shared_ptr<ProducerState> state, std::uint32_t slot) noexcept
    : state_(std::move(state)), slot_(slot) {}

SlotUse::SlotUse(SlotUse&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)), slot_(other.slot_) {}

SlotUse& SlotUse::operator=(SlotUse&& other) noexcept {
  if (this != &other) {
    SlotUse old(std::move(*this));
    state_ = std::exchange(other.state_, nullptr);
    slot_ = other.slot_;
  }
  return *this;
}

SlotUse::~SlotUse() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  --state_->slots[slot_].uses;
  state_->free_if_unused(slot_);
}

std::byte* SlotUse::pixels() const noexcept {
  return state_->pool.pixels(slot_);
}

SlotUse SlotUse::share() const noexcept {
  const std::lock_guard lock(state_->mutex);
  ++state_->slots[slot_].uses;
  return {state_, slot_};
}

Producer::Producer(UniqueFd pool_fd)
    : state_(std::make_shared<ProducerState>(std::move(pool_fd))) {}

Producer::~Producer() {
  if (!state_) return;
  // A keep may hold a use of our own slots, and with it the state: a circle that nobody else opens.
  std::vector<Keep> dropped;
  const std::lock_guard lock(state_->mutex);
  for (ProducerState::Slot& slot : state_->slots) dropped.push_back(std::move(slot.keep));
}

void Producer::attach(UniqueFd claims_fd, UniqueFd bell_fd, Policy policy) {
  ClaimsMapping claims(std::move(claims_fd), Access::read);
  BellRinger bell(std::move(bell_fd));
  const std::uint32_t index = claims.consumer();
  const std::lock_guard lock(state_->mutex);
  // Attached again (a new bell for a new incarnation): what it was owed, it is owed still.
  const std::uint64_t first =
      state_->consumers[index] ? state_->consumers[index]->owed_from : state_->head + 1;
  if (policy == Policy::latest) state_->hide_forwarded();
  state_->consumers[index].emplace(
      ProducerState::Consumer{std::move(claims), std::move(bell), policy, first});
  words::publish_owed_from(state_->pool.front(), index, first);
}

void Producer::detach(std::uint32_t consumer) noexcept {
  if (consumer >= kMaxConsumers) return;
  const std::lock_guard lock(state_->mutex);
  state_->consumers[consumer].reset();
  words::publish_owed_from(state_->pool.front(), consumer, 0);
}

bool Producer::has_latest() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return std::any_of(state_->consumers.begin(), state_->consumers.end(),
                     [](const auto& c) { return c && c->policy == Policy::latest; });
}

Status Producer::try_acquire(std::uint64_t bytes, SlotUse& out) noexcept {
  const Status status = try_acquire_free(bytes, 0, out);
  if (status != Status::full) return status;
  collect_and_drop(*state_);
  return try_acquire_free(bytes, 0, out);
}

Status Producer::try_acquire_free(std::uint64_t bytes, std::uint32_t rest, SlotUse& out) noexcept {
  ProducerState& state = *state_;
  if (bytes > state.pool.header().slot_bytes) return Status::no_memory;
  std::uint32_t s = 0;
  std::uint64_t populated = 0;
  {
    const std::lock_guard lock(state.mutex);
    if (state.free_list.size() <= rest) return Status::full;
    s = state.free_list.back();
    state.free_list.pop_back();
    state.slots[s].uses = 1;
    populated = state.slots[s].populated;
  }
  out = SlotUse(state_, s);
  if (populated >= bytes) return Status::ok;
  // Asks for the pages now: a shortage is an error here and a SIGBUS at the first touch.
  if (::madvise(out.pixels(), bytes, MADV_POPULATE_WRITE) != 0 && errno != EINVAL) {
    out = SlotUse();
    return Status::no_memory;
  }
  const std::lock_guard lock(state.mutex);
  state.slots[s].populated = bytes;
  return Status::ok;
}

Status Producer::publish(SlotUse& use, const FrameLayout& layout, std::span<const std::byte> meta,
                         std::uint64_t origin, Keep keep) noexcept {
  ProducerState& state = *state_;
  if (meta.size() > kMetaBytes || layout.plane_count > kMaxPlanes) return Status::corrupt;
  std::unique_lock lock(state.mutex);
  const std::uint64_t number = state.head + 1;
  if (!state.has_place(number)) return Status::full;
  ProducerState::Slot& slot = state.slots[use.slot()];
  if (slot.entry != 0) return Status::full;

  SlotDescriptor& descriptor = state.pool.descriptor(use.slot());
  store(descriptor.memory_kind, static_cast<std::uint32_t>(MemoryKind::pool));
  store(descriptor.plane_count, layout.plane_count);
  store(descriptor.pool, layout.pool);
  for (std::size_t i = 0; i < kMaxPlanes; ++i) store(descriptor.plane[i], layout.plane[i]);
  store(descriptor.meta_bytes, static_cast<std::uint32_t>(meta.size()));
  kill_point();
  if (!meta.empty()) std::memcpy(descriptor.meta, meta.data(), meta.size());

  Entry& entry = state.pool.entry(number);
  words::open_entry(entry);
  words::write_entry(entry, number, use.slot(), origin);
  slot.entry = number;
  slot.finished = false;
  slot.forwarded = !(layout.pool == state.pool.header().identity);
  slot.keep = std::move(keep);
  state.head = number;
  words::publish_head(state.pool.front().producer, number);
  state.ring_consumers();
  lock.unlock();
  return Status::ok;
}

SlotUse Producer::use_of(std::uint32_t slot) noexcept {
  const std::lock_guard lock(state_->mutex);
  if (slot >= state_->slots.size() || state_->slots[slot].uses == 0) return {};
  ++state_->slots[slot].uses;
  return {state_, slot};
}

bool Producer::is_shown(std::uint32_t slot) const noexcept {
  const std::lock_guard lock(state_->mutex);
  return slot < state_->slots.size() && state_->slots[slot].entry != 0;
}

void Producer::end_of_stream() noexcept {
  const std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->ended, true)) return;
  words::publish_end(state_->pool.front().producer, state_->head);
  state_->ring_consumers();
}

std::uint32_t Producer::reclaim() noexcept {
  return collect_and_drop(*state_);
}

std::uint64_t Producer::untaken() const noexcept {
  const std::lock_guard lock(state_->mutex);
  std::uint64_t most = 0;
  for (const auto& c : state_->consumers) {
    if (!c || c->policy != Policy::lossless) continue;
    const std::uint64_t taken =
        std::max(words::load_position(c->claims.claims()), c->owed_from - 1);
    if (taken < state_->head) most = std::max(most, state_->head - taken);
  }
  return most;
}

std::uint32_t Producer::free_slots() noexcept {
  collect_and_drop(*state_);
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::uint32_t>(state_->free_list.size());
}

bool Producer::has_place() noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->has_place(state_->head + 1);
}

std::uint64_t Producer::published() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->head;
}

const PoolMapping& Producer::pool() const noexcept {
  return state_->pool;
}

bool Producer::find_slot(const void* data, std::uint64_t bytes,
                         std::uint32_t& slot) const noexcept {
  const PoolHeader& header = state_->pool.header();
  const auto start = reinterpret_cast<std::uintptr_t>(state_->pool.data()) + header.pixels_at;
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  if (address < start || address - start >= header.slots * header.slot_bytes) return false;
  const std::uint64_t offset = address - start;
  slot = static_cast<std::uint32_t>(offset / header.slot_bytes);
  return bytes <= header.slot_bytes - offset % header.slot_bytes;
}

}  // namespace latham::ringbuf
