// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "system/error.h"
#include "system/unique_fd.h"

namespace latham {

/// Both ends of an anonymous pipe, which no program that is run inherits.
struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Throws std::system_error.
[[nodiscard]] inline Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("create a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace latham
