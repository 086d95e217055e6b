// SPDX-License-Identifier: MIT
#include "supervisor/text_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "supervisor/progress_text.h"

namespace latham::supervisor {
namespace {

constexpr std::chrono::milliseconds kTerminalPeriod{500};
constexpr std::chrono::milliseconds kLogPeriod{10'000};
constexpr std::size_t kNoEnd = 1000;

}  // namespace

TextReport::TextReport(std::FILE* out, const Globals& globals)
    : Report(globals), console_(out), terminal_(console_.is_terminal()) {
  if (globals.show_progress && (level() >= kInfo || globals.always_progress))
    period_ = globals.stats_period.value_or(terminal_ ? kTerminalPeriod : kLogPeriod);
}

TextReport::~TextReport() {
  clear_progress();
}

void TextReport::clear_progress() {
  if (!shown_) return;
  console_.say("\r\033[J");
  shown_ = false;
}

void TextReport::say_note(std::string_view text) {
  clear_progress();
  console_.say(fmt::format("latham: {}\n", text));
}

void TextReport::say_warning(const std::string& stage, std::string_view text) {
  say_note(stage.empty() ? fmt::format("warning: {}", text)
                         : fmt::format("warning: {}: {}", stage, text));
}

void TextReport::progress(const Progress& progress) {
  if (!terminal_) {
    if (progress.ended) return;  // the summary says it
    const std::string stages = stages_line(progress, kNoEnd);
    console_.show(fmt::format("latham: {}{}{}\n", job_line(progress, kNoEnd),
                              stages.empty() ? "" : "  ", stages));
    return;
  }
  // The last column stays free: a terminal that fills it may wrap.
  const std::size_t width = std::max<std::size_t>(console_.columns(), 2) - 1;
  console_.show(fmt::format("\r{}\033[K\n{}\033[K\033[A\r", job_line(progress, width),
                            stages_line(progress, width)));
  shown_ = true;
}

void TextReport::verified(const std::string& output, const Verified& verified) {
  if (level() < kInfo) return;
  std::string text = fmt::format("{} verified: {} frames decoded, {} streams as they were written",
                                 output, verified.frames, verified.streams);
  if (verified.av_offset_us)
    text += fmt::format(", sound {:+.3f} s against the picture",
                        static_cast<double>(*verified.av_offset_us) / 1e6);
  say_note(text);
}

void TextReport::summary(const Summary& summary) {
  clear_progress();
  if (level() < kInfo) return;
  console_.say(summary_text(summary));
}

}  // namespace latham::supervisor
