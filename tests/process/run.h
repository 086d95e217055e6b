// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "system/unique_fd.h"

namespace latham::test {

using Words = std::vector<std::string>;

/// "-vf hflip -an" as its words; no quoting.
[[nodiscard]] Words words(std::string_view text);
[[nodiscard]] Words operator+(Words a, const Words& b);

/// How a program ended and what it said.
struct Ended {
  int code = -1;  ///< -1 where a signal ended it.
  int signal = 0;
  bool hung = false;  ///< The watchdog had to end it.
  std::string out;
  std::string err;
};

/// A program running with its own process group, standard input from /dev/null, and an environment
/// by which all of its descendants are found. They are all killed when the handle goes.
class Program {
 public:
  /// `settings` ("NAME=value") are added to the environment.
  explicit Program(const Words& argv, const Words& settings = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Waits for the end of the program itself.
  Ended wait();
  [[nodiscard]] bool is_running();
  /// What it has written to standard error so far.
  [[nodiscard]] std::string err() const;

  /// To the program alone, as `kill` does.
  void signal(int number) const {
    (void)family();  // so that those are known who die of it
    ::kill(pid_, number);
  }
  /// To its group, as a terminal does for Ctrl-C.
  void signal_group(int number) const { ::kill(-pid_, number); }

  /// Every living process that descends from it, itself included.
  [[nodiscard]] std::vector<pid_t> family() const;
  /// The process of a stage ("decoder"), once it runs its own program.
  [[nodiscard]] std::optional<pid_t> stage(std::string_view name) const;

  /// Looks again and again; false where the program ended first or the watchdog lost patience.
  bool until(const std::function<bool()>& condition);
  /// Until nobody of the family lives; false where the watchdog lost patience.
  bool until_alone();

 private:
  void kill_family() const;

  std::string mark_;
  UniqueFd out_;
  UniqueFd err_;
  pid_t pid_ = -1;
  mutable std::set<pid_t> known_;  ///< Those of the family that were seen alive.
  std::optional<Ended> ended_;
};

/// Runs a program to its end.
Ended run(const Words& argv);

/// The program `latham` of this build, and the folder with this build's test programs.
[[nodiscard]] std::string latham_program();
[[nodiscard]] std::string test_folder();

/// `latham transcode ARGS`.
[[nodiscard]] Words transcode(const Words& args);

}  // namespace latham::test
