// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace latham::supervisor {

/// What a sandboxed stage gets of our environment, as NAME=value: language and time, where libraries, fonts
/// and proxies are found, and how libraries log. Keys, tokens and everything unknown stay behind.
[[nodiscard]] std::vector<std::string> kept_environment();

/// All of it, for a stage that needs the user's desktop.
[[nodiscard]] std::vector<std::string> whole_environment();

}  // namespace latham::supervisor
