// SPDX-License-Identifier: MIT
#include "ringbuf/pool_end.h"

#include <stdexcept>
#include <utility>

#include "ringbuf/memory.h"
#include "ringbuf/ring_words.h"

namespace latham::ringbuf {

PoolEnd end_of_dead_pool(UniqueFd pool_fd) {
  const PoolMapping pool(std::move(pool_fd), Access::read);
  const std::uint64_t head = words::load_head(pool.front().producer);
  if (head == 0) return {};
  const words::EntryCopy last = words::read_entry(pool.entry(head));
  if (last.number != head) throw std::runtime_error("frame pool: the newest entry is not there");
  return {head, last.origin};
}

}  // namespace latham::ringbuf
