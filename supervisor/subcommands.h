// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

namespace latham::supervisor {

/// Runs `latham ARGS` (without the program's own name) and returns its exit code. Throws Failure.
[[nodiscard]] int run_subcommand(std::span<const std::string> args);

}  // namespace latham::supervisor
