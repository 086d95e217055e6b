// SPDX-License-Identifier: MIT
#pragma once

#include "supervisor/console.h"
#include "supervisor/report.h"

namespace latham::supervisor {

/// Lines of JSON for programs; docs/json-log.md is the contract. Every line is one object with
/// `type` and `version`; nothing else is written to the stream.
class JsonReport final : public Report {
 public:
  JsonReport(std::FILE* out, const Globals& globals);

  void start(const Start& start) override;
  void progress(const Progress& progress) override;
  void verified(const std::string& output, const Verified& verified) override;
  void summary(const Summary& summary) override;
  [[nodiscard]] std::optional<std::chrono::milliseconds> progress_period() const override {
    return period_;
  }

  /// The line of a job that failed, whether or not it began.
  static void failure(std::FILE* out, int exit_code, const std::string& message);

 private:
  void say_note(std::string_view text) override;
  void say_warning(const std::string& stage, std::string_view text) override;

  Console console_;
  std::optional<std::chrono::milliseconds> period_;
};

}  // namespace latham::supervisor
