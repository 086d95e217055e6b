// SPDX-License-Identifier: MIT
#include "ringbuf/kill_point.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "tests/kill/kill_point.h"

namespace latham {
namespace {

std::atomic<std::int64_t> g_left{-1};  // threads of a stage store too

}  // namespace

namespace test {

void die_at_store(std::uint64_t n) noexcept {
  g_left = n == 0 ? -1 : static_cast<std::int64_t>(n);
}

}  // namespace test

namespace ringbuf {

void kill_point() noexcept {
  if (g_left < 0 || --g_left != 0) return;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace ringbuf
}  // namespace latham
