// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "control/message.h"

namespace latham::control {

/// What a look at the pipe came to.
enum class [[nodiscard]] LineStatus{
    line,      ///< A whole line was stored, without its newline.
    nothing,   ///< No whole line yet; the writers are still there. try_next() only.
    overlong,  ///< A line over kMaxLine began; it is skipped to its newline and reported once.
    end,       ///< Every writer has closed and every whole line was given; stays so.
};

/// Takes whole lines from the read end of a control or status pipe. Works the same on blocking and
/// non-blocking descriptors and does not own its one. Memory is bounded by kMaxLine whatever the
/// writer sends. It must be the pipe's only reader. One thread at a time.
///
/// In a poll loop call try_next() until it says `nothing`: lines already taken from the pipe do not
/// make the descriptor readable again.
class LineReader {
 public:
  explicit LineReader(int fd) noexcept : fd_(fd) {}
  LineReader(LineReader&&) noexcept = default;
  LineReader& operator=(LineReader&&) noexcept = default;
  // A copy would hand out the buffered lines twice.
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line if it is there; never blocks. Throws std::system_error when reading fails.
  LineStatus try_next(std::string& line) { return advance(line, false); }
  /// Waits for the next line, without a bound; never says `nothing`. Throws as try_next().
  LineStatus next(std::string& line) { return advance(line, true); }

  /// Whether the end came in the middle of a line. That half line is never given out.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  LineStatus advance(std::string& line, bool wait);
  /// Looks for a line in the buffer alone; `nothing` means that more must be read.
  LineStatus take_buffered(std::string& line);
  /// `line` here means only that bytes were added to the buffer.
  LineStatus fill(bool wait);

  int fd_;
  // Exactly one longest line: full without a newline means overlong.
  std::array<char, kMaxLine> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool skipping_ = false;
  bool ended_ = false;
  bool cut_short_ = false;
};

}  // namespace latham::control
