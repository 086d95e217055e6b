// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fault/faults.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

/// What tests share that let system calls fail.
namespace latham::test {

/// A call and the ways in which the kernel may refuse it.
struct Fault {
  std::string call;
  std::vector<int> errors;
};

inline void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.call;
}

/// The page that the library in the struck program maps.
class FaultFile {
 public:
  explicit FaultFile(const FaultPage& page) {
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(&page), sizeof(page));
  }
  /// The environment of a program that is to be struck; `behind`: one more library to load before it.
  [[nodiscard]] Words settings(const std::string& behind = "") const {
    return {fmt::format("{}={}", kFaultPageVariable, path()),
            fmt::format("LD_PRELOAD={} {}", FAULT_INJECTOR, behind)};
  }
  [[nodiscard]] FaultPage read() const {
    FaultPage page{};
    std::ifstream(path(), std::ios::binary).read(reinterpret_cast<char*>(&page), sizeof(page));
    return page;
  }

  /// Of a program that is at work: the next call of that name fails.
  void strike_next(int call, int error) const {
    const std::uint32_t at = read().calls[call] + 1;
    // The call last: the others count only with it.
    write(offsetof(FaultPage, at), at);
    write(offsetof(FaultPage, error), static_cast<std::uint32_t>(error));
    write(offsetof(FaultPage, call), static_cast<std::uint32_t>(call));
  }

 private:
  [[nodiscard]] std::string path() const { return folder_.file("page"); }
  void write(std::size_t at, std::uint32_t word) const {
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)).write(reinterpret_cast<const char*>(&word), 4);
  }

  TempDir folder_;
};

/// How many lines say why the job ended; warnings come beside them.
inline int final_lines(const std::string& err) {
  std::istringstream lines(err);
  int count = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("latham: ") && line.find("warning:") == std::string::npos) ++count;
  return count;
}

inline bool all_faults() {
  const char* which = std::getenv("LATHAM_FAULTS");
  return which != nullptr && std::strcmp(which, "all") == 0;
}

/// LATHAM_FAULTS_SHOW: what became of each is printed.
inline bool shows_faults() {
  return std::getenv("LATHAM_FAULTS_SHOW") != nullptr;
}

/// Which calls to strike of so many, with the error of that index.
inline std::vector<std::uint32_t> numbers(std::uint32_t count, std::size_t error) {
  std::set<std::uint32_t> chosen;
  if (all_faults()) {
    // Waits and status lines come as often as the weather has it; the first hundred stand for all.
    for (std::uint32_t i = 1; i <= std::min(count, 100U); ++i) chosen.insert(i);
  } else if (error == 0) {
    chosen = {1, (count + 1) / 2, count};
  } else {
    chosen = {error % 2 == 0 ? 1 : count};
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace latham::test
