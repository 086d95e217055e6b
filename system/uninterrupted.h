// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>

namespace latham {

/// Makes a system call again for as long as signals interrupt it; what it returned in the end. For
/// calls that say -1 and set errno.
template <class Call>
[[nodiscard]] auto uninterrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace latham
