// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace latham::supervisor {

/// Throw Failure(output) about what we write ourselves.
[[noreturn]] void refuse_output(const std::string& line);
/// With errno's reason and what to do about it. `tried`: "create".
[[noreturn]] void refuse_errno(const std::string& tried, const std::string& path);

}  // namespace latham::supervisor
