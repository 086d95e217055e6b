// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/failure.h"
#include "supervisor/job.h"
#include "supervisor/progress.h"
#include "supervisor/summary.h"
#include "supervisor/verification.h"

namespace latham::supervisor {

/// Text from a stage made safe for a terminal: control characters become '?'. The decoder parses
/// hostile files, so what it says may hold escape sequences.
[[nodiscard]] std::string printable(std::string_view text);

/// What -loglevel must be, for messages.
inline constexpr std::string_view kLogLevels =
    "one of quiet, fatal, error, warning, info, verbose, debug";
/// ffmpeg's number for a value of -loglevel: a name or a number, perhaps behind flags ("level+debug"); nothing
/// where it is neither.
[[nodiscard]] std::optional<int> level_number(const std::string& loglevel);

/// What is known when frames begin to flow.
struct Start {
  const Job& job;
  std::optional<std::int64_t> duration_us;  ///< Of the input, as its container claims.
  struct Process {
    std::string name;
    int pid;
  };
  std::vector<Process> stages;  ///< In the direction of the data.
};

/// Everything that the user reads while a job runs: as text (TextReport) or as lines of JSON
/// (JsonReport). Lines go out at once. -loglevel decides what is said at all.
class Report {
 public:
  [[nodiscard]] static std::unique_ptr<Report> make(std::FILE* out, const Globals& globals);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  virtual ~Report() = default;

  /// A line of our own.
  void note(std::string_view text);
  /// A stage's warning, or our own with no stage; after a good many of one stage the rest is swallowed.
  void warning(const std::string& stage, std::string_view text);

  /// A stage said a word that nobody here knows.
  void unknown_word(const std::string& stage, std::string_view word);

  virtual void start(const Start& start) = 0;
  virtual void progress(const Progress& progress) = 0;
  /// `output` was read back and is what was written.
  virtual void verified(const std::string& output, const Verified& verified) = 0;
  virtual void summary(const Summary& summary) = 0;
  /// Between two calls of progress(); nothing where they would be in vain.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> progress_period() const = 0;

  static constexpr int kWarning = 24;
  static constexpr int kInfo = 32;

 protected:
  explicit Report(const Globals& globals);
  [[nodiscard]] int level() const noexcept { return level_; }

 private:
  virtual void say_note(std::string_view text) = 0;
  virtual void say_warning(const std::string& stage, std::string_view text) = 0;

  int level_;
  std::map<std::string, int> warnings_;
};

}  // namespace latham::supervisor
