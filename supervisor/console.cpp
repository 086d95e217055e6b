// SPDX-License-Identifier: MIT
#include "supervisor/console.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

constexpr int kPatience_ms = 2000;
constexpr std::size_t kUsualColumns = 80;

}  // namespace

void Console::write(std::string_view text, bool patient) noexcept {
  while (!text.empty() && has_room(patient)) {
    // Where a pipe has room at all, it has room for so many, and the write does not block.
    const std::string_view part = text.substr(0, PIPE_BUF);
    const ssize_t wrote = uninterrupted([&] { return ::write(fd_, part.data(), part.size()); });
    if (wrote < 0 && errno != EAGAIN) return;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
    // The rest of a line that was begun.
    patient = !is_stuck_;
  }
}

bool Console::has_room(bool patient) noexcept {
  pollfd room{fd_, POLLOUT, 0};
  const int ready = uninterrupted([&] { return ::poll(&room, 1, patient ? kPatience_ms : 0); });
  if (ready == 0 && patient) is_stuck_ = true;
  if (ready > 0) is_stuck_ = false;
  return ready > 0;
}

bool Console::is_terminal() const noexcept {
  return ::isatty(fd_) == 1;
}

std::size_t Console::columns() const noexcept {
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* set = std::getenv("COLUMNS");
  const int given = set == nullptr ? 0 : std::atoi(set);
  return given > 0 ? static_cast<std::size_t>(given) : kUsualColumns;
}

}  // namespace latham::supervisor
