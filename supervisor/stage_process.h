// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/environment.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// How a stage came to its end.
struct StageEnd {
  enum class Kind {
    not_started,   ///< `code` is the errno of what failed.
    exited,        ///< By itself, with `code`.
    signalled,     ///< By `signal`, which we did not send.
    killed_by_us,  ///< By kill().
  };
  Kind kind = Kind::exited;
  int code = 0;
  int signal = 0;
};

/// What to run. `fds` is the complete list of the child's descriptors: fds[i] becomes number i, and
/// nothing else is open. -1 stands for /dev/null.
struct Launch {
  std::string program;            ///< Path.
  std::vector<std::string> argv;  ///< With argv[0].
  std::span<const int> fds;
  std::vector<std::string> environment = whole_environment();
};

/// One life of a stage: a child process in a process group of its own, so that the terminal's
/// Ctrl-C does not reach it, that the kernel kills when we die. Its death is told by the kernel
/// through pidfd(), never by a clock. Move-only; killed and reaped on destruction.
class StageProcess {
 public:
  StageProcess() noexcept = default;
  /// Returns once the program runs or end() says not_started. Throws std::system_error when no
  /// process can be made.
  explicit StageProcess(const Launch& launch);
  StageProcess(StageProcess&& other) noexcept;
  StageProcess& operator=(StageProcess&& other) noexcept;
  ~StageProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable once the process has died.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  /// SIGKILL; a stopped or hanging process dies of it too. Nothing where it has ended.
  void kill() noexcept;
  /// Reaps it if it has died. Does not block.
  bool reap() noexcept;
  /// Nothing while it runs.
  [[nodiscard]] const std::optional<StageEnd>& end() const noexcept { return end_; }

 private:
  void collect(int flags) noexcept;
  void give_up() noexcept;

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  bool killed_ = false;
  std::optional<StageEnd> end_;
};

/// The folder of the running program, where the stages lie beside it.
[[nodiscard]] std::string program_folder();

}  // namespace latham::supervisor
