// SPDX-License-Identifier: MIT
#include "ringbuf/lossless_consumer.h"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ringbuf/pixel_map.h"
#include "ringbuf/ring_words.h"

namespace latham::ringbuf {
namespace detail {

struct LosslessState {
  /// A held entry: where its bytes lie here, and whether they were moved to private memory.
  struct Held {
    std::uint64_t number;
    PixelMap* map;
    PixelMap::Range range;
    std::uint64_t head;             ///< Of the pool that the bytes lie in, when it was taken.
    std::shared_ptr<void> evicted;  ///< The private pages, shared by all holds in one slot.
  };

  static std::uint64_t head_of(const PixelMap& map) noexcept {
    return words::load_head(map.pool().front().producer);
  }

  /// A pool that pixels may lie in.
  struct Pool {
    explicit Pool(UniqueFd fd) : map(std::move(fd)) {}
    PixelMap map;
    /// Of one whose producer is dead and has a successor: the last of our entries that may show it.
    std::optional<std::uint64_t> last;
  };

  LosslessState(UniqueFd pool_fd, UniqueFd claims_fd, UniqueFd bell_fd, std::uint32_t most)
      : claims(std::move(claims_fd), Access::write), bell(std::move(bell_fd)), budget(most) {
    pools.emplace_back(std::move(pool_fd));
  }

  PixelMap& own() noexcept { return pools.front().map; }

  std::mutex mutex;  ///< Private memory: `held`, and the pools while a frame is moved or let go.
  std::list<Pool> pools;  ///< The edge's own first, then upstream ones.
  ClaimsMapping claims;
  BellRinger bell;
  std::uint32_t budget;
  std::list<Held> held;    ///< Oldest first.
  std::uint32_t live = 0;  ///< Held and not evicted.
  /// Slots that somebody downstream reads, and how many pins each has. By slot, not by hold: several
  /// holds may name the same bytes, and any of them may be the first to go.
  std::map<std::pair<const PixelMap*, std::uint32_t>, std::uint32_t> pins;
  std::uint64_t next = 0;  ///< 0: not started.
  std::uint64_t taken = 0;
  std::uint64_t evicted = 0;
  std::uint64_t evicted_bytes = 0;

  void mark_done(std::uint64_t number) noexcept {
    words::mark_done(claims.claims(), own().pool().place(number), number);
    bell.ring();
  }

  [[nodiscard]] static bool same_bytes(const Held& a, const Held& b) noexcept {
    return !a.evicted && !b.evicted && a.map == b.map && a.range.slot == b.range.slot;
  }

  [[nodiscard]] bool is_pinned(const Held& h) const noexcept {
    return !h.evicted && pins.count({h.map, h.range.slot}) != 0;
  }

  /// Unmaps dead pools that no entry to come and no frame here lies in.
  void drop_dead_pools() {
    pools.remove_if([this](const Pool& pool) {
      if (!pool.last || *pool.last >= std::max(next, std::uint64_t{1})) return false;
      return std::none_of(held.begin(), held.end(),
                          [&](const Held& h) { return h.map == &pool.map; }) &&
             std::none_of(pins.begin(), pins.end(),
                          [&](const auto& pin) { return pin.first.first == &pool.map; });
    });
  }

  /// Frames that are held in a slot that is read downstream.
  [[nodiscard]] std::uint32_t forwarded() const noexcept {
    if (pins.empty()) return 0;
    return static_cast<std::uint32_t>(
        std::count_if(held.begin(), held.end(), [this](const Held& h) { return is_pinned(h); }));
  }

  /// The oldest frame whose bytes nobody downstream reads in our slot.
  std::list<Held>::iterator oldest_evictable() {
    return std::find_if(held.begin(), held.end(),
                        [this](const Held& h) { return !h.evicted && !is_pinned(h); });
  }

  /// Moves to private memory what of it lies upstream and is `meant`.
  template <class Meant>
  void leave_upstream(Meant meant) {
    const std::lock_guard lock(mutex);
    const auto next_upstream = [&] {
      return std::find_if(held.begin(), held.end(),
                          [&](const Held& h) { return !h.evicted && h.map != &own() && meant(h); });
    };
    for (auto it = next_upstream(); it != held.end(); it = next_upstream()) evict(it);
  }

  /// Moves a frame's bytes to private memory, and with them every hold in the same slot.
  void evict(std::list<Held>::iterator oldest) {
    PixelMap* map = oldest->map;
    PixelMap::Range all = oldest->range;
    std::vector<Held*> together;
    for (Held& h : held) {
      if (!same_bytes(*oldest, h)) continue;
      std::byte* last = std::max(all.first + all.bytes, h.range.first + h.range.bytes);
      all.first = std::min(all.first, h.range.first);
      all.bytes = static_cast<std::uint64_t>(last - all.first);
      together.push_back(&h);
    }
    const std::uint64_t bytes = map->evict(all);
    const std::shared_ptr<void> pages(map, [map, all](void*) { map->release_evicted(all); });
    for (Held* h : together) {
      h->evicted = pages;
      --live;
      ++evicted;
      mark_done(h->number);
    }
    evicted_bytes += bytes;
  }

  /// Keeps us within the budget and clear of the ring's end, so that the producer can always go on.
  void make_room(std::uint64_t coming) {
    const std::uint64_t margin = own().pool().header().entries / 4;
    for (auto oldest = oldest_evictable(); oldest != held.end(); oldest = oldest_evictable()) {
      const bool near_end = coming - oldest->number + margin >= own().pool().header().entries;
      if (live - forwarded() < budget && !near_end) break;
      evict(oldest);
    }
  }

  /// Lets go of what lies where the entry after all that were taken is to come, unless somebody reads it downstream.
  void make_way(std::uint64_t coming) {
    const std::lock_guard lock(mutex);
    const auto oldest = oldest_evictable();
    if (oldest != held.end() && coming - oldest->number >= own().pool().header().entries)
      evict(oldest);
  }

  void let_go(std::list<Held>::iterator it) noexcept {
    const std::lock_guard lock(mutex);
    if (!it->evicted) {
      --live;
      mark_done(it->number);
    }
    held.erase(it);
  }
};

}  // namespace detail

namespace {

using detail::LosslessState;

class LosslessClaim final : public HeldFrame::Claim {
 public:
  LosslessClaim(std::shared_ptr<LosslessState> state, std::list<LosslessState::Held>::iterator it)
      : state_(std::move(state)), it_(it) {}
  ~LosslessClaim() override { state_->let_go(it_); }

 private:
  std::shared_ptr<LosslessState> state_;
  std::list<LosslessState::Held>::iterator it_;
};

/// Where a (new) incarnation starts: the first entry owed, but never before the ring's reach, since
/// entry q + N could only be published once q was done.
std::uint64_t first_entry(const PoolMapping& pool, std::uint32_t consumer, std::uint64_t head) {
  const std::uint64_t owed = words::load_owed_from(pool.front(), consumer);
  if (owed == 0) return 0;
  const std::uint64_t entries = pool.header().entries;
  return std::max(owed, head > entries ? head - entries + 1 : std::uint64_t{1});
}

}  // namespace

LosslessConsumer::LosslessConsumer(UniqueFd pool_fd, UniqueFd claims_fd, UniqueFd producer_bell_fd,
                                   std::uint32_t budget)
    : state_(std::make_shared<LosslessState>(std::move(pool_fd), std::move(claims_fd),
                                             std::move(producer_bell_fd), std::max(budget, 1U))) {}

void LosslessConsumer::add_upstream_pool(UniqueFd pool_fd) {
  LosslessState& s = *state_;
  const std::lock_guard lock(s.mutex);
  const Identity added = s.pools.emplace_back(std::move(pool_fd)).map.pool().header().identity;
  // Who publishes here shows nothing of a dead one any more: what may show it is published.
  const std::uint64_t head = words::load_head(s.own().pool().front().producer);
  for (LosslessState::Pool& pool : s.pools) {
    const Identity& other = pool.map.pool().header().identity;
    if (other.edge == added.edge && other.incarnation < added.incarnation && !pool.last)
      pool.last = head;
  }
  s.drop_dead_pools();
}

Status LosslessConsumer::next(HeldFrame& out) {
  LosslessState& s = *state_;
  out.claim.reset();  // before the mutex is taken, which letting go needs
  const PoolMapping& pool = s.own().pool();
  Claims& claims = s.claims.claims();
  const std::uint64_t head = words::load_head(pool.front().producer);
  if (s.next == 0) {
    s.next = first_entry(pool, s.claims.consumer(), head);
    if (s.next == 0) return Status::empty;  // the producer has not attached us yet
  }
  // A predecessor's finished entries are not ours to see again.
  const std::uint64_t position = words::load_position(claims);
  while (s.next <= position && words::own_done(claims, pool.place(s.next), s.next)) ++s.next;

  const std::uint64_t number = s.next;
  if (number > head) {
    const auto end = words::load_end(pool.front().producer);
    // `end` is stored after the last head, so a head loaded before it may be old: look again.
    if (end && words::load_head(pool.front().producer) < number)
      return *end == number - 1 ? Status::end : Status::corrupt;
    // It was read downstream when make_room() came to it, and nothing may come that would make us look again.
    s.make_way(number);
    return Status::empty;
  }
  if (head - number >= pool.header().entries) return Status::corrupt;
  const words::EntryCopy entry = words::read_entry(pool.entry(number));
  if (entry.number != number || entry.slot >= pool.header().slots) return Status::corrupt;

  SlotDescriptor fixed;  // not cleared: its 32 KiB of meta stay unused
  if (!copy_descriptor(pool, entry.slot, fixed, out.meta)) return Status::corrupt;
  const std::lock_guard lock(s.mutex);
  s.drop_dead_pools();
  const auto of = std::find_if(s.pools.begin(), s.pools.end(), [&](const LosslessState::Pool& p) {
    return p.map.pool().header().identity == fixed.pool;
  });
  if (of == s.pools.end()) return Status::corrupt;
  PixelMap* const map = &of->map;
  s.make_room(number);
  PixelMap::Range range;
  if (!map->locate(fixed, out, range)) return Status::corrupt;
  out.number = number;
  out.origin = entry.origin;
  s.held.push_back({number, map, range, LosslessState::head_of(*map), nullptr});
  ++s.live;
  out.claim = std::make_unique<LosslessClaim>(state_, std::prev(s.held.end()));
  s.next = number + 1;
  ++s.taken;
  if (number > position) words::store_position(claims, number);
  s.bell.ring();  // a producer that is far enough ahead sleeps until we have taken some
  return Status::ok;
}

void LosslessConsumer::leave_upstream() {
  state_->leave_upstream([](const LosslessState::Held&) { return true; });
}

void LosslessConsumer::make_way_upstream() {
  // Less than a filter can have left of the ring when it shows a frame that it kept (make_room()), and more than a
  // producer gets ahead of one that takes its frames.
  const std::uint64_t far = state_->own().pool().header().entries / 16 * 3;
  state_->leave_upstream([far](const LosslessState::Held& h) {
    return LosslessState::head_of(*h.map) - h.head >= far;
  });
}

bool LosslessConsumer::ready() const noexcept {
  const LosslessState& s = *state_;
  const PoolFront& front = state_->own().pool().front();
  const std::uint64_t head = words::load_head(front.producer);
  const bool ended = words::load_end(front.producer).has_value();
  if (s.next == 0)
    return words::load_owed_from(front, s.claims.consumer()) != 0 && (head > 0 || ended);
  return head >= s.next || ended;
}

std::uint64_t LosslessConsumer::taken() const noexcept {
  return state_->taken;
}
std::uint64_t LosslessConsumer::evicted() const noexcept {
  return state_->evicted;
}
std::uint64_t LosslessConsumer::evicted_bytes() const noexcept {
  return state_->evicted_bytes;
}

std::uint32_t LosslessConsumer::held() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->live;
}

SlotPin& SlotPin::operator=(SlotPin&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(map_, other.map_);
  std::swap(slot_, other.slot_);
  return *this;
}

SlotPin::~SlotPin() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  const auto pin = state_->pins.find({map_, slot_});
  if (--pin->second == 0) state_->pins.erase(pin);
}

LosslessConsumer::Forward LosslessConsumer::forward(const void* data, std::uint64_t bytes,
                                                    Identity& pool, std::uint64_t& offset,
                                                    SlotPin& pin) noexcept {
  const auto* first = static_cast<const std::byte*>(data);
  LosslessState& s = *state_;
  SlotPin old;  // dropped after the mutex, which that takes
  const std::lock_guard lock(s.mutex);
  for (const LosslessState::Held& h : s.held) {
    if (h.evicted || first < h.range.first || first + bytes > h.range.first + h.range.bytes)
      continue;
    if (!pin.state_ || pin.map_ != h.map || pin.slot_ != h.range.slot) {
      if (!s.is_pinned(h) && s.forwarded() >= kMaxForwarded) return Forward::later;
      ++s.pins[{h.map, h.range.slot}];
      old = std::move(pin);
      pin.state_ = state_;
      pin.map_ = h.map;
      pin.slot_ = h.range.slot;
    }
    const PoolHeader& header = h.map->pool().header();
    pool = header.identity;
    offset = header.pixels_at + h.range.slot * header.slot_bytes +
             h.map->offset_in_slot(h.range.slot, first);
    return Forward::yes;
  }
  return Forward::no;
}

bool LosslessConsumer::may_forward() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->forwarded() < kMaxForwarded;
}

}  // namespace latham::ringbuf
