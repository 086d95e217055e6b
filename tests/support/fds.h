// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <utility>

#include "system/error.h"
#include "system/unique_fd.h"

namespace latham::test {

/// Descriptors that this process has open. For a count before and after: the look itself adds the
/// same to both.
[[nodiscard]] inline std::size_t count_open_fds() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

/// A close-on-exec pipe: read end, write end.
[[nodiscard]] inline std::pair<UniqueFd, UniqueFd> make_pipe(int flags = 0) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | flags) != 0) throw_errno("create a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace latham::test
