// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// Ends this process, a child, at a chosen store to shared memory.
namespace latham::test {

/// From here on stores are counted; the process kills itself instead of making the n-th. 0: never.
void die_at_store(std::uint64_t n) noexcept;

}  // namespace latham::test
