// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>

#include "tests/fault/traps.h"
#include "tests/process/programs.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// The programs of this build with a decoder that falls into a trap.
class Trapped {
 public:
  explicit Trapped(const TrapPage& trap) {
    std::ofstream(page(), std::ios::binary)
        .write(reinterpret_cast<const char*>(&trap), sizeof(trap));
  }
  [[nodiscard]] std::string latham() const { return programs_.latham(); }
  [[nodiscard]] Words transcode(const Words& args) const {
    return Words{latham(), "transcode"} + args;
  }
  /// How often it has sprung.
  [[nodiscard]] std::uint32_t sprung() const {
    TrapPage page_now{};
    std::ifstream(page(), std::ios::binary)
        .read(reinterpret_cast<char*>(&page_now), sizeof(page_now));
    return page_now.sprung;
  }

 private:
  [[nodiscard]] std::string page() const { return folder_.file("page"); }

  TempDir folder_;
  Programs programs_{
      "decoder",
      {fmt::format("{}={}", kTrapPageVariable, page()), fmt::format("LD_PRELOAD={}", TRAP)}};
};

[[nodiscard]] inline int occurrences(std::string_view text, std::string_view what) {
  int found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

}  // namespace latham::test
