// SPDX-License-Identifier: MIT
#pragma once

#include "sandbox/sandbox.h"

namespace latham::sandbox {

/// Version of the kernel's Landlock; 0 where it has none or it is switched off.
[[nodiscard]] int landlock_version() noexcept;

/// Whether `folder` is one of those of the system's libraries that every process may read.
[[nodiscard]] bool is_system_folder(const std::string& folder);

/// This thread, and those that it starts, may open no files but those that `access` gives. Those open
/// already stay usable. Nothing where the kernel has no Landlock. Throws std::system_error.
void restrict_files(const Access& access);

}  // namespace latham::sandbox
