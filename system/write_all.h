// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstddef>
#include <span>

#include "system/uninterrupted.h"

namespace latham {

/// Writes all of `bytes` to a descriptor that blocks; false with errno set where it takes no more, and then some of
/// them may be written.
[[nodiscard]] inline bool write_all(int fd, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t wrote = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (wrote < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace latham
