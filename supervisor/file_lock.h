// SPDX-License-Identifier: MIT
#pragma once

namespace latham::supervisor {

/// Locks an open file for as long as anybody has this description of it. Waits a little where another one has: the
/// stages of a job that was killed a moment ago may still be dying, and write until they are dead. False where it
/// is none of these. A file system that knows no locks is no obstacle.
[[nodiscard]] bool lock_file(int fd) noexcept;

}  // namespace latham::supervisor
