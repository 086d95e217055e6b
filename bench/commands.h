// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace latham::bench {

/// Runs `latham-bench ARGS` (without the program's own name) and returns its exit code: 0 done,
/// 1 failed, 2 usage, 5 a frame or packet was not what it should be.
[[nodiscard]] int run_command(std::vector<std::string> args);

}  // namespace latham::bench
