// SPDX-License-Identifier: MIT
#include "supervisor/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace latham::supervisor {
namespace {

constexpr int kWarning = 24;
constexpr int kInfo = 32;
constexpr int kMostWarnings = 50;
constexpr std::chrono::milliseconds kProgressEvery{250};

std::string clock_time(std::int64_t us) {
  const std::int64_t hundredths = std::max<std::int64_t>(us, 0) / 10'000;
  return fmt::format("{:02}:{:02}:{:02}.{:02}", hundredths / 360'000, hundredths / 6'000 % 60,
                     hundredths / 100 % 60, hundredths % 100);
}

/// Times too short to divide by say nothing about speed.
std::optional<double> per_second(double amount, double elapsed_s) {
  if (elapsed_s < 0.001) return std::nullopt;
  return amount / elapsed_s;
}

std::string counted(const StageCounts& stage) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kDecoder = {{{"demuxed", "demuxed"},
                                                                            {"decoded", "decoded"},
                                                                            {"frames_out", "out"},
                                                                            {"errors", "errors"}}};
  constexpr std::array<std::pair<const char*, const char*>, 4> kFilter = {
      {{"frames_in", "in"}, {"frames_out", "out"}, {"dup", "doubled"}, {"drop", "dropped"}}};
  constexpr std::array<std::pair<const char*, const char*>, 5> kEncoder = {{{"frames_in", "in"},
                                                                            {"encoded", "encoded"},
                                                                            {"muxed", "muxed"},
                                                                            {"dup", "doubled"},
                                                                            {"drop", "dropped"}}};
  std::span<const std::pair<const char*, const char*>> keys = kFilter;
  if (stage.name == "decoder") keys = kDecoder;
  if (stage.name == "encoder") keys = kEncoder;

  std::vector<std::string> parts;
  for (const auto& [key, label] : keys) {
    auto number = stage.counts.number(key);
    const std::string_view name = key;
    // A decoder counts what it gave by two names, and until its end perhaps by one only.
    if (name == "frames_out" && !number) number = stage.counts.number("published");
    const bool only_if_any = name == "errors" || name == "dup" || name == "drop";
    if (number && (*number != 0 || !only_if_any))
      parts.push_back(fmt::format("{} {}", *number, label));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string stage_line(const StageCounts& stage, std::size_t width) {
  std::string line = fmt::format("  {:<8} {:<{}}   {} copied ({})", stage.name, counted(stage),
                                 width, stage.counts.number("copied").value_or(0),
                                 human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(
                                     stage.counts.number("copied_bytes").value_or(0), 0))));
  if (const auto waited = stage.counts.number("waited_ms"))
    line += fmt::format("   waited {:.1f} s", static_cast<double>(*waited) / 1000);
  return line + "\n";
}

std::string first_line(const Summary& summary) {
  const StageCounts& last = summary.stages.back();
  const auto number = [&](const char* key) { return last.counts.number(key); };
  const std::int64_t frames =
      number("muxed").value_or(number("encoded").value_or(number("frames_in").value_or(0)));
  std::string line = fmt::format("{}: {} frames", summary.output, frames);
  const auto time_us = number("time_us");
  if (time_us) line += fmt::format(", {:.1f} s", static_cast<double>(*time_us) / 1e6);
  std::optional<std::uint64_t> bytes = summary.bytes;
  if (const auto own = number("bytes"); !bytes && own && *own > 0)
    bytes = static_cast<std::uint64_t>(*own);
  if (bytes) line += ", " + human_bytes(*bytes);
  line += fmt::format(" in {:.1f} s", summary.elapsed_s);
  if (const auto fps = per_second(static_cast<double>(frames), summary.elapsed_s)) {
    line += fmt::format(" ({:.0f} fps", *fps);
    if (time_us)
      line += fmt::format(", {:.1f}x", static_cast<double>(*time_us) / 1e6 / summary.elapsed_s);
    line += ")";
  }
  return line + "\n";
}

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

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.95 and more would print as 1000.0.
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

int level_number(const std::string& loglevel) {
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
  int number = kInfo;
  const auto [stop, error] = std::from_chars(level.data(), level.data() + level.size(), number);
  return error == std::errc{} && stop == level.data() + level.size() ? number : kInfo;
}

std::string progress_line(const Progress& progress) {
  std::string line = fmt::format("frame={:5}", progress.frames);
  const auto fps = per_second(static_cast<double>(progress.frames), progress.elapsed_s);
  if (fps) line += fmt::format(" fps={:.0f}", *fps);
  if (progress.time_us) {
    line += " time=" + clock_time(*progress.time_us);
    const double seconds = static_cast<double>(*progress.time_us) / 1e6;
    if (const auto speed = per_second(seconds, progress.elapsed_s))
      line += fmt::format(" speed={:.1f}x", *speed);
    // Containers lie about their length: past the end no share is shown.
    if (progress.duration_us && *progress.time_us >= 0 &&
        *progress.time_us <= *progress.duration_us)
      line += fmt::format(" {}%", static_cast<int>(100.0 * seconds * 1e6 /
                                                   static_cast<double>(*progress.duration_us)));
  }
  return line;
}

std::optional<std::string> slowest_stage(std::span<const StageCounts> stages) {
  std::optional<std::string> slowest;
  std::int64_t least = 0;
  int known = 0;
  for (const StageCounts& stage : stages) {
    const auto waited = stage.counts.number("waited_ms");
    if (!waited) continue;
    ++known;
    if (!slowest || *waited < least) {
      slowest = stage.name;
      least = *waited;
    }
  }
  return known < 2 ? std::nullopt : slowest;
}

std::string summary_text(const Summary& summary) {
  if (summary.stages.empty()) return {};
  std::size_t width = 0;
  std::int64_t copied = 0;
  std::int64_t copied_bytes = 0;
  for (const StageCounts& stage : summary.stages) {
    width = std::max(width, counted(stage).size());
    copied += stage.counts.number("copied").value_or(0);
    copied_bytes += stage.counts.number("copied_bytes").value_or(0);
  }
  std::string text = first_line(summary);
  for (const StageCounts& stage : summary.stages) text += stage_line(stage, width);
  // "N frames copied" stays so even for one: scripts look for it.
  text +=
      fmt::format("  {} frames copied, {} copied, transport {}", copied,
                  human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(copied_bytes, 0))),
                  summary.transport == Transport::shm ? "shm" : "pipe");
  if (const auto slowest = slowest_stage(summary.stages)) text += "; slowest stage: " + *slowest;
  return text + "\n";
}

Report::Report(std::FILE* out, const Globals& globals)
    : out_(out),
      level_(level_number(globals.loglevel)),
      terminal_(globals.show_progress && level_ >= kInfo && ::isatty(::fileno(out)) == 1) {}

Report::~Report() {
  clear_line();
}

void Report::clear_line() {
  if (!line_shown_) return;
  std::fputs("\r\033[K", out_);
  std::fflush(out_);
  line_shown_ = false;
}

void Report::note(std::string_view text) {
  if (level_ < kWarning) return;
  clear_line();
  fmt::print(out_, "latham: {}\n", text);
  std::fflush(out_);
}

void Report::warning(const std::string& stage, std::string_view text) {
  const int count = ++warnings_[stage];
  if (level_ < kWarning || count > kMostWarnings) return;
  note(fmt::format("warning: {}: {}", stage, printable(text)));
  if (count == kMostWarnings)
    note(fmt::format("warning: {}: further warnings are not shown", stage));
}

void Report::progress(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - last_progress_ < kProgressEvery) return;
  last_progress_ = now;
  fmt::print(out_, "\r{}\033[K", progress_line(progress));
  std::fflush(out_);
  line_shown_ = true;
}

void Report::summary(const Summary& summary) {
  clear_line();
  if (level_ < kInfo) return;
  fmt::print(out_, "{}", summary_text(summary));
  std::fflush(out_);
}

}  // namespace latham::supervisor
