// SPDX-License-Identifier: MIT
#pragma once

#include "control/message.h"

namespace latham::control {

/// Writes `message` as one line by one write to the pipe `fd`, so that it never interleaves with
/// lines of other writers. Blocks on a full pipe unless `fd` is non-blocking. Returns false where
/// nothing was written, and errno says why: EPIPE (the reader is gone), EAGAIN (non-blocking and
/// full), EMSGSIZE (the fields do not fit), EINVAL (bad word or key), or what the system said.
/// Raises no SIGPIPE, whatever the process has set for it. Any thread.
[[nodiscard]] bool write_line(int fd, const Message& message) noexcept;

}  // namespace latham::control
