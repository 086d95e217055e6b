// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

/// What a process that was taken over might try. Each attempt works outside the sandbox.
namespace latham::test {

/// How the child `attempt` tells what became of it.
constexpr int kDone = 0;
constexpr int kRefused = 43;  ///< With an error code.
constexpr int kEnded = 42;    ///< The sandbox ended the process.

/// What an attempt is made on; numbers of processes and of descriptors that stay open in the child.
struct Targets {
  std::string file;
  int sibling = -1;
  int memory = -1;    ///< A memory file.
  int socket = -1;    ///< One end of a pair.
  int terminal = -1;  ///< Which is nobody's yet.
};

using Attempt = std::function<bool(const Targets&)>;  ///< Whether it was done.
[[nodiscard]] const std::map<std::string, Attempt>& attempts();

/// Those on other processes, on the user's terminal and at becoming another process: nobody's business.
[[nodiscard]] const std::vector<std::string>& attempts_on_others();

}  // namespace latham::test
