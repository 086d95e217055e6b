// SPDX-License-Identifier: MIT
#include "ringbuf/pool_end.h"

#include <utility>

#include "ringbuf/memory.h"
#include "ringbuf/ring_words.h"

namespace latham::ringbuf {
namespace {

/// More than any producer comes to, and the sum of many lives still fits 63 bits.
constexpr std::uint64_t kMostPublished = std::uint64_t{1} << 48;

}  // namespace

std::optional<PoolEnd> end_of_dead_pool(UniqueFd pool_fd) {
  const PoolMapping pool(std::move(pool_fd), Access::read);
  const std::uint64_t head = words::load_head(pool.front().producer);
  if (head == 0) return PoolEnd{};
  const words::EntryCopy last = words::read_entry(pool.entry(head));
  if (last.number != head || head > kMostPublished || last.origin > kMostPublished)
    return std::nullopt;
  return PoolEnd{head, last.origin};
}

}  // namespace latham::ringbuf
