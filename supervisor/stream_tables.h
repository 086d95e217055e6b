// SPDX-License-Identifier: MIT
#pragma once

#include "system/unique_fd.h"

/// The memory in which a decoder says what streams its input holds. The supervisor hands it on to the
/// encoders, which choose from it, and does not look into it.
namespace latham::supervisor {

/// Empty, for its decoder to write to. Throws std::system_error.
[[nodiscard]] UniqueFd create_table();

/// What the decoder wrote, read-only and closed to any further change, for the encoders. Throws
/// std::system_error.
[[nodiscard]] UniqueFd seal_table(UniqueFd table);

}  // namespace latham::supervisor
