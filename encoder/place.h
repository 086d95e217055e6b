// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace latham::encoder {

/// Where in the reading of an input something was given, by which what comes over several channels has one order:
/// the one in which ffmpeg, as a single process, sees it.
struct Place {
  std::size_t input = 0;
  std::int64_t packets_read = 0;
};

}  // namespace latham::encoder
