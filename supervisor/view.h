// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>

namespace latham::supervisor {

/// Prints a line for each running session of this user: number, state, fps, age, what it does.
/// Returns the exit code.
[[nodiscard]] int list_sessions(std::FILE* out);

/// Shows a running session in a window until that is closed; the only one where none is named. The
/// viewer that lies in `folder` becomes our child and the session's guest: we pass on what the two
/// say to each other. Returns the exit code; throws Failure.
[[nodiscard]] int view_session(std::optional<pid_t> session, const std::string& folder,
                               std::optional<int> loglevel, std::FILE* out);

}  // namespace latham::supervisor
