// SPDX-License-Identifier: MIT
#include "bench/rungs.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace latham::bench {

const std::vector<Rung>& ladder() {
  // The filter rewrites every pixel, which is what it costs most to pass on.
  static const std::vector<Rung> rungs = {
      {"decode", {}, true},
      {"filter", {"-vf", "hflip"}, true},
      {"x264-ultrafast", {"-vf", "hflip", "-c:v", "libx264", "-preset", "ultrafast"}, false},
      {"x264-medium", {"-vf", "hflip", "-c:v", "libx264", "-preset", "medium"}, false},
      {"x265", {"-vf", "hflip", "-c:v", "libx265", "-preset", "ultrafast"}, false},
      {"svt-av1", {"-vf", "hflip", "-c:v", "libsvtav1", "-preset", "10"}, false},
      {"ffv1", {"-vf", "hflip", "-c:v", "ffv1"}, false},
      {"mpeg2", {"-vf", "hflip", "-c:v", "mpeg2video", "-q:v", "4"}, false},
  };
  return rungs;
}

std::vector<Rung> rungs_named(const std::vector<std::string>& names) {
  if (names.empty()) return ladder();
  std::vector<Rung> found;
  for (const std::string& name : names) {
    const auto rung = std::find_if(ladder().begin(), ladder().end(),
                                   [&](const Rung& r) { return r.name == name; });
    if (rung == ladder().end()) {
      std::vector<std::string> all;
      for (const Rung& r : ladder()) all.push_back(r.name);
      throw std::invalid_argument(
          fmt::format("unknown rung '{}'; there are: {}", name, fmt::join(all, ", ")));
    }
    found.push_back(*rung);
  }
  return found;
}

}  // namespace latham::bench
