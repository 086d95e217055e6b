// SPDX-License-Identifier: MIT
#include "ringbuf/doorbell.h"

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

void ring_if_sleeping(Bell& bell) noexcept {
  // SYNC no-lost-wake: full fence; pairs with announce_sleep(). What we published comes before the
  // look at the flag; the sleeper's flag comes before its look at what we published.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (bell.sleeping.load(std::memory_order_relaxed) == 0) return;
  // Of several wakers one posts; a flag, not a count, since a killed sleeper would stay counted.
  kill_point();
  if (bell.sleeping.exchange(0, std::memory_order_relaxed) == 0) return;
  kill_point();
  ::sem_post(&bell.doorbell);
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
  ::sem_post(&bell.doorbell);
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
  // EINTR, a time-out and a stale post are all the same to us: look again.
  while (::sem_clockwait(&bell_of(mapping_).doorbell, CLOCK_MONOTONIC, &until) != 0 &&
         errno == EINTR) {
  }
}

void OwnBell::end_sleep() noexcept {
  // relaxed: a waker that still sees 1 posts once too often, which costs one look.
  kill_point();
  bell_of(mapping_).sleeping.store(0, std::memory_order_relaxed);
}

}  // namespace latham::ringbuf
