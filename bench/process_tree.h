// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace latham::bench {

/// The processes, and all that they started, as far as they are there.
[[nodiscard]] std::vector<pid_t> with_descendants(const std::vector<pid_t>& roots);

/// Proportional set size of all of them: a page that n processes share counts 1/n for each, so
/// memory that the stages share counts once.
[[nodiscard]] std::uint64_t memory_of(const std::vector<pid_t>& roots);

}  // namespace latham::bench
