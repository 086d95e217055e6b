// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace latham::stage {

/// The content of memory or a file that the supervisor handed over. Throws std::runtime_error that begins
/// with `what` where it holds more than `most_bytes` or cannot be read.
[[nodiscard]] std::vector<std::byte> read_whole(int fd, std::int64_t most_bytes,
                                                const std::string& what);

}  // namespace latham::stage
