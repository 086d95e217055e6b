// SPDX-License-Identifier: MIT
#pragma once

#include "supervisor/console.h"
#include "supervisor/report.h"

namespace latham::supervisor {

/// For people. A terminal shows two lines of progress, fitted to its width, which stay below all
/// others and are gone at the end; elsewhere there is one line every ten seconds.
class TextReport final : public Report {
 public:
  TextReport(std::FILE* out, const Globals& globals);
  ~TextReport() override;

  void start(const Start&) override {}
  void progress(const Progress& progress) override;
  void verified(const std::string& output, const Verified& verified) override;
  void summary(const Summary& summary) override;
  [[nodiscard]] std::optional<std::chrono::milliseconds> progress_period() const override {
    return period_;
  }

 private:
  void say_note(std::string_view text) override;
  void say_warning(const std::string& stage, std::string_view text) override;
  void clear_progress();

  Console console_;
  bool terminal_;
  std::optional<std::chrono::milliseconds> period_;
  bool shown_ = false;  ///< Progress is on the screen, and the cursor at its beginning.
};

}  // namespace latham::supervisor
