// SPDX-License-Identifier: MIT
#pragma once

#include "sandbox/sandbox.h"

namespace latham::sandbox {

[[nodiscard]] bool has_syscall_filter() noexcept;

/// All threads may make the system calls that `access` needs and no others. A call that libraries make
/// only to see whether they may fails with an error; any other ends the process through `on_violation`.
/// Nothing where the kernel has no filter. Throws std::system_error.
void filter_syscalls(const Access& access, OnViolation on_violation);

}  // namespace latham::sandbox
