// SPDX-License-Identifier: MIT
#pragma once

#include "system/pipe.h"

/// What else carries bytes between two processes as a pipe does, for the ends in transport/pipe.h.
/// Nothing is left in the file system. All throw std::system_error.
namespace latham::transport {

/// A FIFO in a folder that only this user can enter ($XDG_RUNTIME_DIR, else a temporary one). Its
/// name is gone by the time this returns: a second process is given the descriptor.
[[nodiscard]] Pipe make_fifo();

/// A connected pair of Unix stream sockets with as much buffer as a pipe gets.
[[nodiscard]] Pipe make_socket();

}  // namespace latham::transport
