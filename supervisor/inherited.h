// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "system/unique_fd.h"

namespace latham::supervisor {

/// Whether `name` is standard output in one of ffmpeg's spellings: "-", "pipe:", "pipe:1".
[[nodiscard]] bool is_standard_output(const std::string& name);

/// N of "pipe:N", ffmpeg's name of a descriptor that the program was started with; nothing for another name.
[[nodiscard]] std::optional<int> pipe_number(const std::string& name);

/// Whether `name` is a descriptor of either kind, not a file or an address.
[[nodiscard]] bool is_descriptor(const std::string& name);

/// A copy of a descriptor that we were started with (3<FILE), so that closing it does no harm and no stage
/// inherits it; empty where there was none of that number.
[[nodiscard]] UniqueFd inherited(int number);

}  // namespace latham::supervisor
