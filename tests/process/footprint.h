// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

namespace latham::test {

/// What a living process has open and mapped; all 0 where it is gone.
struct Footprint {
  std::size_t descriptors = 0;
  std::size_t shared_regions = 0;  ///< Mappings of memory without a name, as pools and rings are.
};

[[nodiscard]] inline Footprint footprint_of(pid_t pid) {
  Footprint found;
  std::error_code gone;
  for (std::filesystem::directory_iterator each(fmt::format("/proc/{}/fd", pid), gone), end;
       !gone && each != end; each.increment(gone))
    ++found.descriptors;
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  for (std::string line; std::getline(maps, line);)
    if (line.find("/memfd:") != std::string::npos) ++found.shared_regions;
  return found;
}

[[nodiscard]] inline Footprint largest(const Footprint& a, const Footprint& b) {
  return {std::max(a.descriptors, b.descriptors), std::max(a.shared_regions, b.shared_regions)};
}

}  // namespace latham::test
