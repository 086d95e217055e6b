// SPDX-License-Identifier: MIT
#include "control/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::control {

LineStatus LineReader::advance(std::string& line, bool wait) {
  for (;;) {
    if (const LineStatus status = take_buffered(line); status != LineStatus::nothing) return status;
    if (const LineStatus status = fill(wait); status != LineStatus::line) return status;
  }
}

LineStatus LineReader::take_buffered(std::string& line) {
  for (;;) {
    const auto first = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    const auto last = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
    const auto newline = std::find(first, last, '\n');
    if (newline != last) {
      begin_ = static_cast<std::size_t>(newline - buffer_.begin()) + 1;
      if (std::exchange(skipping_, false)) continue;
      line.assign(first, newline);
      return LineStatus::line;
    }
    if (skipping_) {
      begin_ = end_ = 0;
      return LineStatus::nothing;
    }
    if (end_ - begin_ == buffer_.size()) {
      begin_ = end_ = 0;
      skipping_ = true;
      return LineStatus::overlong;
    }
    // Move the beginning of a line to the front, so that the rest of it fits behind.
    std::copy(first, last, buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    return LineStatus::nothing;
  }
}

LineStatus LineReader::fill(bool wait) {
  while (!ended_) {
    // Asking first makes the descriptor's own mode irrelevant: the only reader cannot block on what
    // poll has announced.
    pollfd look{.fd = fd_, .events = POLLIN, .revents = 0};
    const int ready = uninterrupted([&] { return ::poll(&look, 1, wait ? -1 : 0); });
    if (ready == 0) return LineStatus::nothing;
    if (ready < 0) throw_errno("wait for a control line");
    const ssize_t got =
        uninterrupted([&] { return ::read(fd_, buffer_.data() + end_, buffer_.size() - end_); });
    if (got > 0) {
      end_ += static_cast<std::size_t>(got);
      return LineStatus::line;
    }
    if (got < 0) {
      if (errno != EAGAIN) throw_errno("read a control line");
      if (!wait) return LineStatus::nothing;
      continue;
    }
    ended_ = true;
    cut_short_ = end_ > begin_ || skipping_;
  }
  return LineStatus::end;
}

}  // namespace latham::control
