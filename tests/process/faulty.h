// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
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
#include "tests/process/place.h"
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

/// The right file, or one line and nothing left. `may_crash`: that line may be of a stage that ended without a word.
inline void expect_right_end(const Ended& end, const Place& place, const std::string& quiet,
                             int error, bool may_crash = false) {
  ASSERT_FALSE(end.hung) << end.err;
  EXPECT_EQ(end.signal, 0) << end.err;
  if (end.code == 0) {
    // An input that cannot be read to its end is used as far as it goes, and that is said.
    const bool cut = end.err.find("what came before it is kept") != std::string::npos;
    EXPECT_TRUE((cut && error != EINTR) || read_file(place.file("out.mp4")) == quiet);
    EXPECT_EQ(place.leftovers(), "out.mp4 ");
    return;
  }
  EXPECT_NE(error, EINTR) << "an interrupted call is to be made again: " << end.err;
  const int code = end.code;
  EXPECT_TRUE(code == 1 || code == 3 || code == 4 || (may_crash && code == 6))
      << code << " " << end.err;
  EXPECT_EQ(final_lines(end.err), 1) << end.err;
  EXPECT_EQ(place.leftovers(), "") << end.err;
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
    for (std::uint32_t i = 1; i <= count; ++i) chosen.insert(i);
  } else if (error == 0) {
    chosen = {1, (count + 1) / 2, count};
  } else {
    chosen = {error % 2 == 0 ? 1 : count};
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace latham::test
