// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace latham::supervisor {

/// What `latham` answers to the shell.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  input = 3,
  output = 4,
  mismatch = 5,       ///< Frames were lost or doubled on the way.
  crashed = 6,        ///< A stage died, hung or left without a word.
  interrupted = 128,  ///< Plus the signal's number: 130 for Ctrl-C, 143 for TERM.
};

/// Which stage died or hung.
struct Crash {
  std::string stage;  ///< "decoder"
  int pid = 0;
  int signal = 0;  ///< That ended it; 0 where it left or had to be killed for making no progress.
};

/// Ends the job: an exit code and the one line that the user reads, without the leading "latham: ".
/// Thrown anywhere in the supervisor; main() prints it, and those who try again or log lines of JSON catch it before.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& line)
      : std::runtime_error(line), code_(static_cast<int>(code)) {}
  /// Given up because of a signal.
  [[nodiscard]] static Failure interrupted(int signal, const std::string& line) {
    Failure failure(ExitCode::interrupted, line);
    failure.code_ += signal;
    return failure;
  }

  /// A stage is to blame, not what it was told to do: another try may go well.
  [[nodiscard]] static Failure crashed(Crash crash, const std::string& line) {
    Failure failure(ExitCode::crashed, line);
    failure.crash_ = std::move(crash);
    return failure;
  }

  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] const std::optional<Crash>& crash() const noexcept { return crash_; }

 private:
  int code_;
  std::optional<Crash> crash_;
};

}  // namespace latham::supervisor
