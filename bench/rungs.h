// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace latham::bench {

/// One job of `bench transcode`: what is done to the file.
struct Rung {
  std::string name;
  std::vector<std::string> options;  ///< In ffmpeg's spelling, what goes before the output's name.
  bool writes_nothing = false;       ///< The output is the null muxer: no packets to compare.
};

/// From hardly any work beside the frames' way to almost nothing but an encoder's.
[[nodiscard]] const std::vector<Rung>& ladder();

/// Those of the ladder with these names, in that order; all for none. Throws std::invalid_argument that
/// names what there is.
[[nodiscard]] std::vector<Rung> rungs_named(const std::vector<std::string>& names);

}  // namespace latham::bench
