// SPDX-License-Identifier: MIT
#include "stage/status_writer.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "control/line_writer.h"

namespace latham::stage {
namespace {

constexpr std::chrono::milliseconds kProgressEvery{250};

control::Message with_counters(const char* word, const Counters& counters) {
  control::Message message{word, {}, {}};
  for (const auto& [name, value] : counters) message.fields[name] = std::to_string(value);
  return message;
}

}  // namespace

void StatusWriter::say(const control::Message& message) noexcept {
  if (control::write_line(fd_, message)) return;
  // A line that is too long or makes no sense is our own mistake, and only it is lost.
  if (errno != EMSGSIZE && errno != EINVAL) ::_exit(1);
}

void StatusWriter::ready(std::map<std::string, std::string> fields) noexcept {
  say({"ready", std::move(fields), {}});
}

void StatusWriter::warning(const std::string& text) noexcept {
  say({"warning", {}, text});
}

void StatusWriter::error(FailureKind kind, const std::string& text) noexcept {
  say({"error", {{"kind", std::string(word(kind))}}, text});
}

void StatusWriter::stream(std::map<std::string, std::string> fields) noexcept {
  say({"stream", std::move(fields), {}});
}

void StatusWriter::done(const Counters& counters) noexcept {
  say(with_counters("done", counters));
}

bool StatusWriter::progress_due() const noexcept {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() >= next_progress_;
}

void StatusWriter::progress(const Counters& counters) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_progress_) return;
    next_progress_ = now + kProgressEvery;
  }
  say(with_counters("progress", counters));
}

}  // namespace latham::stage
