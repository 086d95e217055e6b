// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "supervisor/progress.h"

/// Progress for people, as pure functions.
namespace latham::supervisor {

/// "0 B", "1.2 MB": powers of 1000.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// "0:42", "1:02:03"; fractions are dropped.
[[nodiscard]] std::string human_time(double seconds);

/// The job in at most `width` columns; what matters less is left out first:
/// " 41%  frame 3120  119 fps  4.8x  ETA 0:42  12.1 MB of about 29.4 MB  4.1 Mb/s"
[[nodiscard]] std::string job_line(const Progress& progress, std::size_t width);

/// The stages in at most `width` columns: how busy each is, how many of its frames wait for the
/// next one, and which one the others wait for:
/// "decoder 35% [16/16]  filter 60% [16/16]  encoder 99% (slowest)"
[[nodiscard]] std::string stages_line(const Progress& progress, std::size_t width);

}  // namespace latham::supervisor
