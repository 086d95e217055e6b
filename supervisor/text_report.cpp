// SPDX-License-Identifier: MIT
#include "supervisor/text_report.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "supervisor/progress_text.h"

namespace latham::supervisor {
namespace {

constexpr std::chrono::milliseconds kTerminalPeriod{500};
constexpr std::chrono::milliseconds kLogPeriod{10'000};
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kNoEnd = 1000;

}  // namespace

TextReport::TextReport(std::FILE* out, const Globals& globals)
    : Report(globals), out_(out), terminal_(::isatty(::fileno(out)) == 1) {
  if (globals.show_progress && (level() >= kInfo || globals.always_progress))
    period_ = globals.stats_period.value_or(terminal_ ? kTerminalPeriod : kLogPeriod);
}

TextReport::~TextReport() {
  clear_progress();
}

/// Asked for each time, since a window's size changes.
std::size_t TextReport::columns() const {
  winsize size{};
  if (::ioctl(::fileno(out_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* set = std::getenv("COLUMNS");
  const int given = set == nullptr ? 0 : std::atoi(set);
  return given > 0 ? static_cast<std::size_t>(given) : kUsualColumns;
}

void TextReport::clear_progress() {
  if (!shown_) return;
  std::fputs("\r\033[J", out_);
  std::fflush(out_);
  shown_ = false;
}

void TextReport::say_note(std::string_view text) {
  clear_progress();
  fmt::print(out_, "latham: {}\n", text);
  std::fflush(out_);
}

void TextReport::say_warning(const std::string& stage, std::string_view text) {
  say_note(stage.empty() ? fmt::format("warning: {}", text)
                         : fmt::format("warning: {}: {}", stage, text));
}

void TextReport::progress(const Progress& progress) {
  if (!terminal_) {
    if (progress.ended) return;  // the summary says it
    const std::string stages = stages_line(progress, kNoEnd);
    fmt::print(out_, "latham: {}{}{}\n", job_line(progress, kNoEnd), stages.empty() ? "" : "  ",
               stages);
    std::fflush(out_);
    return;
  }
  // The last column stays free: a terminal that fills it may wrap.
  const std::size_t width = std::max<std::size_t>(columns(), 2) - 1;
  fmt::print(out_, "\r{}\033[K\n{}\033[K\033[A\r", job_line(progress, width),
             stages_line(progress, width));
  std::fflush(out_);
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
  fmt::print(out_, "{}", summary_text(summary));
  std::fflush(out_);
}

}  // namespace latham::supervisor
