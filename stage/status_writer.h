// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "control/message.h"
#include "system/failure.h"

namespace latham::stage {

/// Named numbers of a `progress` or `done` line, such as frames_in=312.
using Counters = std::map<std::string, std::int64_t>;

/// The stage's reports to its supervisor, one line each. A stage that cannot be heard any more ends at
/// once, since its supervisor would wait for what it said. Thread-safety: any thread.
class StatusWriter {
 public:
  explicit StatusWriter(int fd) : fd_(fd) {}

  void say(const control::Message& message) noexcept;
  void ready(std::map<std::string, std::string> fields) noexcept;
  void warning(const std::string& text) noexcept;
  void error(FailureKind kind, const std::string& text) noexcept;
  /// What became of one stream; before `done`.
  void stream(std::map<std::string, std::string> fields) noexcept;
  void done(const Counters& counters) noexcept;
  /// At most four a second; others are dropped.
  void progress(const Counters& counters) noexcept;
  /// progress() would not be dropped: counters need not be gathered otherwise.
  [[nodiscard]] bool progress_due() const noexcept;

 private:
  int fd_;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point next_progress_{};
};

}  // namespace latham::stage
