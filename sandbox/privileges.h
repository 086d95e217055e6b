// SPDX-License-Identifier: MIT
#pragma once

#include "sandbox/sandbox.h"

/// What a process may lose by plain system calls. Each throws std::system_error.
namespace latham::sandbox {

/// No core dumps (they would hold what was decoded), few descriptors, and private memory up to what
/// the machine has: a header that asks for more gets "no memory" instead of the out-of-memory killer.
void limit_resources(const Access& access);

/// All of them, of root too, but the right to pass by file permissions where files or devices are its
/// business.
void drop_capabilities(const Access& access);

/// No program that it runs may have more rights than it; the kernel asks for this before the rest.
void refuse_new_privileges();

}  // namespace latham::sandbox
