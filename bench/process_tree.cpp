// SPDX-License-Identifier: MIT
#include "bench/process_tree.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace latham::bench {

// Processes come and go while we look: what cannot be read counts nothing.
std::vector<pid_t> with_descendants(const std::vector<pid_t>& roots) {
  std::vector<pid_t> all = roots;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::error_code error;
    std::filesystem::directory_iterator task(fmt::format("/proc/{}/task", all[i]), error);
    for (const std::filesystem::directory_iterator end; !error && task != end;
         task.increment(error)) {
      std::ifstream children(task->path() / "children");
      for (pid_t child = 0; children >> child;) all.push_back(child);
    }
  }
  return all;
}

std::uint64_t memory_of(const std::vector<pid_t>& roots) {
  std::uint64_t kib = 0;
  for (const pid_t pid : with_descendants(roots)) {
    std::ifstream rollup(fmt::format("/proc/{}/smaps_rollup", pid));
    for (std::string word; rollup >> word;)
      if (word == "Pss:") {
        std::uint64_t value = 0;
        if (rollup >> value) kib += value;
        break;
      }
  }
  return kib * 1024;
}

}  // namespace latham::bench
