// SPDX-License-Identifier: MIT
#include "media/av_log.h"

#include <fmt/format.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

#include "media/av.h"

extern "C" {
#include <libavutil/log.h>
}

namespace latham::media {
namespace {

struct LogState {
  std::mutex mutex;
  std::string stage;
  std::string last_error;
  int level = AV_LOG_FATAL;
};

LogState& state() {
  static LogState s;
  return s;
}

/// FFmpeg says some lines in pieces, of which only the last ends in a newline. One a thread.
struct Pieces {
  std::string text;
  int prefix = 1;  ///< av_log_format_line2()'s memory: the next piece begins a line.
};
constexpr std::size_t kLongest = 1024;

void on_log(void* context, int level, const char* format, va_list arguments) {
  LogState& s = state();
  const bool is_error = level <= AV_LOG_ERROR;
  if (level > s.level && !is_error) return;
  thread_local Pieces pieces;
  std::array<char, kLongest> piece{};
  av_log_format_line2(context, level, format, arguments, piece.data(),
                      static_cast<int>(piece.size()), &pieces.prefix);
  pieces.text += piece.data();
  if (pieces.prefix == 0 && pieces.text.size() < kLongest) return;
  std::string clean = std::exchange(pieces.text, {});
  clean.resize(clean.find_last_not_of("\n\r .") + 1);
  if (clean.empty()) return;
  const std::lock_guard lock(s.mutex);
  // "[libx264 @ 0x55d0c8] broken": the address says nothing to anybody.
  if (const auto at = clean.find(" @ 0x"); at != std::string::npos)
    if (const auto end = clean.find(']', at); end != std::string::npos) clean.erase(at, end - at);
  if (is_error) s.last_error = clean;
  if (level > s.level) return;
  // Not fmt::print(), which throws where nobody reads any more: FFmpeg's frames are above us.
  clean = fmt::format("{}: {}\n", s.stage, clean);
  std::fwrite(clean.data(), 1, clean.size(), stderr);
}

}  // namespace

void capture_log(const std::string& stage, int level) {
  LogState& s = state();
  s.stage = stage;
  s.level = level;
  av_log_set_level(std::max(s.level, AV_LOG_ERROR));
  av_log_set_callback(on_log);
}

std::string last_log_line() {
  LogState& s = state();
  const std::lock_guard lock(s.mutex);
  return std::exchange(s.last_error, {});
}

}  // namespace latham::media
