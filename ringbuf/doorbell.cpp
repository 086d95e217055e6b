// SPDX-License-Identifier: MIT
#include "ringbuf/doorbell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <new>
#include <stdexcept>
#include <utility>

#include "ringbuf/kill_point.h"

namespace latham::ringbuf {
namespace {

Bell& bell_of(const Mapping& mapping) {
  return *std::launder(reinterpret_cast<Bell*>(mapping.data()));
}

Mapping map_bell(UniqueFd fd) {
  Mapping mapping(std::move(fd), Access::write, sizeof(Bell), "bell");
  const BellHeader header = bell_of(mapping).header;
  if (header.magic != kBellMagic || header.version != kLayoutVersion)
    throw std::runtime_error("bell: wrong magic number or version");
  return mapping;
}

// The semaphore on which a bell's owner sleeps. A neighbour may write anything into its word at any moment: post()
// and take() make each a fixed number of steps and believe nothing, so that it costs a wake for nothing, or a
// missed one that the bound of the sleep makes up for (docs/decisions/0018-own-semaphore.md).

/// Process-shared: the kernel knows the word by its page of the memfd. 0 or more, or -1 and errno.
long futex(Word32& word, int operation, std::uint32_t value, const timespec* until) noexcept {
  static_assert(sizeof(Word32) == sizeof(std::uint32_t));
  return ::syscall(SYS_futex, &word, operation, value, until, nullptr, FUTEX_BITSET_MATCH_ANY);
}

void post(Word32& semaphore) noexcept {
  kill_point();
  // SYNC bell-posted: release; pairs with take(). `sleeping` was cleared before, never after.
  semaphore.exchange(1, std::memory_order_release);
  kill_point();
  futex(semaphore, FUTEX_WAKE, 1, nullptr);
}

/// Returns once a post came, `until` (monotonic) has passed, or the word changed for whatever reason.
void take(Word32& semaphore, const timespec& until) noexcept {
  kill_point();
  // SYNC bell-posted: acquire; pairs with post(). Our next `sleeping` comes after the waker's 0.
  if (semaphore.exchange(0, std::memory_order_acquire) != 0) return;
  // The kernel compares with 0, so that it does not sleep through a post that came since.
  while (futex(semaphore, FUTEX_WAIT_BITSET, 0, &until) != 0 && errno == EINTR) {
  }
  kill_point();
  semaphore.exchange(0, std::memory_order_acquire);
}

void ring_if_sleeping(Bell& bell) noexcept {
  // SYNC no-lost-wake: full fence; pairs with announce_sleep(). What we published comes before the
  // look at the flag; the sleeper's flag comes before its look at what we published.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (bell.sleeping.load(std::memory_order_relaxed) == 0) return;
  // Of several wakers one posts; a flag, not a count, since a killed sleeper would stay counted.
  kill_point();
  if (bell.sleeping.exchange(0, std::memory_order_relaxed) == 0) return;
  post(bell.semaphore);
}

}  // namespace

BellRinger::BellRinger(UniqueFd bell_fd) : mapping_(map_bell(std::move(bell_fd))) {}

void BellRinger::ring() noexcept {
  if (mapping_.data() != nullptr) ring_if_sleeping(bell_of(mapping_));
}

void BellRinger::ring_always() noexcept {
  if (mapping_.data() == nullptr) return;
  Bell& bell = bell_of(mapping_);
  // relaxed: the post orders it, and the owner looks at everything anyway.
  bell.sleeping.exchange(0, std::memory_order_relaxed);
  post(bell.semaphore);
}

OwnBell::OwnBell(UniqueFd bell_fd) : mapping_(map_bell(std::move(bell_fd))) {}

void OwnBell::poke() noexcept {
  ring_if_sleeping(bell_of(mapping_));
}

void OwnBell::announce_sleep() noexcept {
  kill_point();
  bell_of(mapping_).sleeping.store(1, std::memory_order_relaxed);
  // SYNC no-lost-wake: full fence; pairs with ring_if_sleeping().
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void OwnBell::sleep(std::chrono::milliseconds bound) noexcept {
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  const std::int64_t nanoseconds =
      until.tv_nsec + std::chrono::duration_cast<std::chrono::nanoseconds>(bound).count();
  until.tv_sec += static_cast<time_t>(nanoseconds / 1'000'000'000);
  until.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  take(bell_of(mapping_).semaphore, until);
}

void OwnBell::end_sleep() noexcept {
  // relaxed: a waker that still sees 1 posts once too often, which costs one look.
  kill_point();
  bell_of(mapping_).sleeping.store(0, std::memory_order_relaxed);
}

}  // namespace latham::ringbuf
