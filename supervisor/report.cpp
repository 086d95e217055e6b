// SPDX-License-Identifier: MIT
#include "supervisor/report.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "supervisor/json_report.h"
#include "supervisor/text_report.h"
#include "system/number.h"

namespace latham::supervisor {
namespace {

constexpr int kMostWarnings = 50;

}  // namespace

std::string printable(std::string_view text) {
  std::string safe(text);
  for (std::size_t i = 0; i < safe.size(); ++i) {
    const auto byte = static_cast<unsigned char>(safe[i]);
    // Also the second block of control characters, U+0080 to U+009F, which is C2 80..9F in UTF-8.
    const bool second_block = byte == 0xC2 && i + 1 < safe.size() &&
                              static_cast<unsigned char>(safe[i + 1]) >= 0x80 &&
                              static_cast<unsigned char>(safe[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F) safe[i] = '?';
    if (second_block) safe[i] = safe[i + 1] = '?';
  }
  return safe;
}

std::optional<int> level_number(const std::string& loglevel) {
  constexpr std::array<std::pair<std::string_view, int>, 9> kNames = {{{"quiet", -8},
                                                                       {"panic", 0},
                                                                       {"fatal", 8},
                                                                       {"error", 16},
                                                                       {"warning", 24},
                                                                       {"info", 32},
                                                                       {"verbose", 40},
                                                                       {"debug", 48},
                                                                       {"trace", 56}}};
  // "repeat+level+verbose": flags first, the level last.
  const std::string level = loglevel.substr(loglevel.rfind('+') + 1);
  for (const auto& [name, number] : kNames) {
    if (level == name) return number;
  }
  const auto number = parse_number<int>(level);
  if (!number) return std::nullopt;
  return std::max(*number, kNames.front().second);
}

std::unique_ptr<Report> Report::make(std::FILE* out, const Globals& globals) {
  if (globals.log_format == LogFormat::json) return std::make_unique<JsonReport>(out, globals);
  return std::make_unique<TextReport>(out, globals);
}

Report::Report(const Globals& globals) : level_(globals.loglevel.value_or(kInfo)) {}

void Report::note(std::string_view text) {
  if (level_ >= kWarning) say_note(text);
}

void Report::warning(const std::string& stage, std::string_view text) {
  const int count = ++warnings_[stage];
  // Of our own none is left out: each tells what became of the job.
  const bool bounded = !stage.empty();
  if (level_ < kWarning || (bounded && count > kMostWarnings)) return;
  say_warning(stage, printable(text));
  if (bounded && count == kMostWarnings) say_warning(stage, "further warnings are not shown");
}

void Report::unknown_word(const std::string& stage, std::string_view word) {
  warning(stage, fmt::format("said '{}', which this version does not know; ignored", word));
}

}  // namespace latham::supervisor
