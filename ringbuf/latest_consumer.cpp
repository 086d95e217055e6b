// SPDX-License-Identifier: MIT
#include "ringbuf/latest_consumer.h"

#include <algorithm>
#include <array>
#include <list>
#include <mutex>
#include <utility>

#include "ringbuf/pixel_map.h"
#include "ringbuf/ring_words.h"

namespace latham::ringbuf {
namespace detail {

struct LatestState {
  LatestState(UniqueFd pool_fd, UniqueFd claims_fd) : claims(std::move(claims_fd), Access::write) {
    maps.emplace_back(std::move(pool_fd));
    // A predecessor on this page may have died with holds; nobody reads those frames any more.
    for (std::uint32_t k = 0; k < kMaxHolds; ++k) words::release_hold(claims.claims(), k);
  }

  std::list<PixelMap> maps;
  ClaimsMapping claims;
  std::mutex mutex;  ///< Private memory: `in_use`.
  std::array<bool, kMaxHolds> in_use{};
  std::uint64_t last = 0;
  std::uint64_t refused = 0;  ///< The newest entry, where it may not be held.
  std::uint64_t skipped = 0;

  [[nodiscard]] bool has_free_hold() noexcept {
    const std::lock_guard lock(mutex);
    return std::find(in_use.begin(), in_use.end(), false) != in_use.end();
  }

  bool take_hold(std::uint32_t& k) noexcept {
    const std::lock_guard lock(mutex);
    const auto free = std::find(in_use.begin(), in_use.end(), false);
    if (free == in_use.end()) return false;
    *free = true;
    k = static_cast<std::uint32_t>(free - in_use.begin());
    return true;
  }

  void give_back(std::uint32_t k) noexcept {
    words::release_hold(claims.claims(), k);
    const std::lock_guard lock(mutex);
    in_use[k] = false;
  }
};

}  // namespace detail

namespace {

using detail::LatestState;

class LatestClaim final : public HeldFrame::Claim {
 public:
  LatestClaim(std::shared_ptr<LatestState> state, std::uint32_t k)
      : state_(std::move(state)), k_(k) {}
  ~LatestClaim() override { state_->give_back(k_); }

 private:
  std::shared_ptr<LatestState> state_;
  std::uint32_t k_;
};

/// Each failed try means that the producer published meanwhile; a few in a row are bad luck, more
/// are a hostile producer.
constexpr int kTries = 16;

}  // namespace

LatestConsumer::LatestConsumer(UniqueFd pool_fd, UniqueFd claims_fd)
    : state_(std::make_shared<LatestState>(std::move(pool_fd), std::move(claims_fd))) {}

void LatestConsumer::add_upstream_pool(UniqueFd pool_fd) {
  state_->maps.emplace_back(std::move(pool_fd));
}

Status LatestConsumer::newest(HeldFrame& out) {
  LatestState& s = *state_;
  const PoolMapping& pool = s.maps.front().pool();
  // Before it is attached the producer would not look at our holds.
  if (words::load_owed_from(pool.front(), s.claims.consumer()) == 0) return Status::empty;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const std::uint64_t number = words::load_head(pool.front().producer);
    if (number == s.last || number == s.refused) {
      const auto end = words::load_end(pool.front().producer);
      return end && *end == number ? Status::end : Status::empty;
    }
    if (number < s.last) return Status::corrupt;
    std::uint32_t k = 0;
    if (!s.take_hold(k)) return Status::empty;
    auto claim = std::make_unique<LatestClaim>(state_, k);
    words::announce_hold(s.claims.claims(), k, number);
    const words::EntryCopy entry = words::read_entry(pool.entry(number));
    if (entry.number != number || !words::confirm_entry(pool.entry(number), number)) {
      // Taken back although it is the newest (a forwarded frame): there is nothing to see yet.
      if (words::load_head(pool.front().producer) == number) s.refused = number;
      continue;
    }
    if (entry.slot >= pool.header().slots) return Status::corrupt;

    SlotDescriptor fixed;  // not cleared: its 32 KiB of meta stay unused
    if (!copy_descriptor(pool, entry.slot, fixed, out.meta)) return Status::corrupt;
    const auto map = std::find_if(s.maps.begin(), s.maps.end(), [&](const PixelMap& m) {
      return m.pool().header().identity == fixed.pool;
    });
    PixelMap::Range range;
    if (map == s.maps.end() || !map->locate(fixed, out, range)) return Status::corrupt;
    out.number = number;
    out.origin = entry.origin;
    out.claim = std::move(claim);
    s.skipped += number - s.last - 1;
    s.last = number;
    return Status::ok;
  }
  return Status::empty;
}

bool LatestConsumer::ready() const noexcept {
  const ProducerLine& line = state_->maps.front().pool().front().producer;
  const std::uint64_t head = words::load_head(line);
  if (head == state_->last || head == state_->refused) return words::load_end(line).has_value();
  return state_->has_free_hold();
}

std::uint64_t LatestConsumer::skipped() const noexcept {
  return state_->skipped;
}

}  // namespace latham::ringbuf
