// SPDX-License-Identifier: MIT
#pragma once

#include "system/unique_fd.h"

/// Byte streams between two processes, for the ends in transport/pipe.h. Each has one end to write
/// and one to read, close-on-exec; nothing is left in the file system. All throw std::system_error.
namespace latham::transport {

struct StreamEnds {
  UniqueFd write;
  UniqueFd read;
};

/// An anonymous pipe.
[[nodiscard]] StreamEnds make_pipe();

/// A FIFO in a folder that only this user can enter ($XDG_RUNTIME_DIR, else a temporary one). Its
/// name is gone by the time this returns: a second process is given the descriptor.
[[nodiscard]] StreamEnds make_fifo();

/// A connected pair of Unix stream sockets with as much buffer as a pipe gets.
[[nodiscard]] StreamEnds make_socket();

}  // namespace latham::transport
