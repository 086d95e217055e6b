// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "system/unique_fd.h"

namespace latham::ringbuf {

/// How far a pool goes whose producer is dead.
struct PoolEnd {
  std::uint64_t published = 0;  ///< Entries that were published.
  std::uint64_t origin = 0;     ///< The upstream entry that the last one came from, 0 for none.
};

/// For the supervisor, once it has reaped the producer: nothing changes there any more. Nothing where the pool's
/// words break the protocol: nobody can go on behind it. Throws std::system_error.
[[nodiscard]] std::optional<PoolEnd> end_of_dead_pool(UniqueFd pool_fd);

}  // namespace latham::ringbuf
