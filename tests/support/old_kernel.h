// SPDX-License-Identifier: MIT
#pragma once

/// Kernels that lack a part of the sandbox, put on like a filter: for the rest of this process's life, and
/// for its children. Each throws std::system_error.
namespace latham::test {

/// The kernel has Landlock of this version, below its own; 0: none.
void pretend_landlock(int version);

/// The kernel has no filter of system calls (CONFIG_SECCOMP_FILTER).
void forget_seccomp();

}  // namespace latham::test
