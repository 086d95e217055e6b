// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>

namespace latham::ringbuf::test {

/// How long a region is scribbled over.
inline constexpr std::chrono::milliseconds kStorm{700};

/// Values that break careless arithmetic.
inline std::uint64_t nasty(std::mt19937_64& random) {
  constexpr std::array<std::uint64_t, 12> kNasty = {
      0,          1,          2,          3,         ~0ULL, ~0ULL - 1, 1ULL << 63, (1ULL << 63) - 1,
      1ULL << 32, 0xffffffff, 0x80000000, 0x7fffffff};
  return random() % 3 == 0 ? random() : kNasty[random() % kNasty.size()] + random() % 3;
}

/// Writes words into a region for as long as it lives.
class Scribbler {
 public:
  Scribbler(std::byte* at, std::size_t bytes) : thread_([this, at, bytes] { run(at, bytes); }) {}
  ~Scribbler() {
    stop_ = true;
    thread_.join();
  }
  Scribbler(const Scribbler&) = delete;
  Scribbler& operator=(const Scribbler&) = delete;

  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  // The races are the point: another process would make them too.
  __attribute__((no_sanitize("thread"))) void run(std::byte* at, std::size_t bytes) {
    std::mt19937_64 random(bytes);
    while (!stop_) {
      for (int i = 0; i < 64; ++i) {
        const std::size_t word = random() % (bytes / 8);
        reinterpret_cast<std::atomic<std::uint64_t>*>(at)[word].store(nasty(random));
        ++writes_;
      }
      std::this_thread::yield();
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> writes_ = 0;
  std::thread thread_;
};

}  // namespace latham::ringbuf::test
