// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace latham::bench {

struct Command {
  std::vector<std::string> argv;  ///< argv[0] is looked for in $PATH where it has no slash.
  int in = -1;                    ///< Descriptors for 0, 1 and 2; -1: /dev/null, inherited for 2.
  int out = -1;
  int err = -1;
  std::vector<int> keep;  ///< Further ones that stay open, under their numbers.
};

struct ChildEnd {
  int status = 0;  ///< As waitpid() gives it.
  rusage usage{};  ///< Of the child and of all of its own children.
  [[nodiscard]] bool is_done() const noexcept { return status == 0; }
  [[nodiscard]] double cpu_seconds() const noexcept;
  /// "exit code 1", "signal 9".
  [[nodiscard]] std::string text() const;
};

/// A child that dies with us. Move-only; killed and reaped on destruction.
class ChildProcess {
 public:
  /// Throws std::system_error; a program that cannot be run ends with exit code 127.
  explicit ChildProcess(const Command& command);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void kill() noexcept;
  /// Blocks until it has ended.
  ChildEnd wait();
  /// True once it has ended; wait() then does not block.
  [[nodiscard]] bool has_ended() const noexcept;

 private:
  pid_t pid_ = -1;
};

/// This program's path, and the folder in which `latham` and the stages lie beside it.
[[nodiscard]] std::string own_program();
[[nodiscard]] std::string own_folder();

/// All that the command prints on its standard output. Throws std::runtime_error when it fails.
[[nodiscard]] std::string output_of(std::vector<std::string> argv);

}  // namespace latham::bench
