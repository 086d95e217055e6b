// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <thread>
#include <vector>

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
  enum class Afterwards : std::uint8_t {
    leaves,  ///< It as it is.
    mends,  ///< What it broke, soon: mostly what says something is as it was, and what was broken lies deep.
  };

  Scribbler(std::byte* at, std::size_t bytes, Afterwards afterwards = Afterwards::leaves)
      : words_(reinterpret_cast<Word*>(at), bytes / sizeof(Word)), thread_([this, afterwards] {
          afterwards == Afterwards::mends ? break_and_mend() : scribble();
        }) {}
  ~Scribbler() {
    stop_ = true;
    thread_.join();
  }
  Scribbler(const Scribbler&) = delete;
  Scribbler& operator=(const Scribbler&) = delete;

  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  using Word = std::atomic<std::uint64_t>;

  // The races are the point: another process would make them too.
  __attribute__((no_sanitize("thread"))) void scribble() {
    std::mt19937_64 random(words_.size());
    while (!stop_) {
      for (int i = 0; i < 64; ++i) write(random() % words_.size(), nasty(random));
      std::this_thread::yield();
    }
  }

  __attribute__((no_sanitize("thread"))) void break_and_mend() {
    std::mt19937_64 random(words_.size());
    std::vector<std::uint64_t> good;
    std::vector<std::size_t> used;  // most of a region says nothing
    for (std::size_t i = 0; i < words_.size(); ++i) {
      good.push_back(words_[i].load());
      if (good.back() != 0) used.push_back(i);
    }
    while (!stop_) {
      std::array<std::size_t, 3> broken{};
      const std::size_t count = 1 + random() % broken.size();
      for (std::size_t i = 0; i < count; ++i) {
        broken[i] = random() % 8 == 0 ? random() % words_.size() : used[random() % used.size()];
        // A whole word, or a bit of one: small lies pass more checks.
        const std::uint64_t bit = std::uint64_t{1} << random() % 64;
        write(broken[i], random() % 2 == 0 ? good[broken[i]] ^ bit : nasty(random));
      }
      linger(random() % 4096);
      for (std::size_t i = 0; i < count; ++i) write(broken[i], good[broken[i]]);
      linger(random() % 4096);
    }
  }

  /// While others look; where there is one processor they have to be let to.
  void linger(std::uint64_t looks) {
    if (looks % 2 == 0) std::this_thread::yield();
    for (; looks > 0 && !stop_; --looks) (void)words_[0].load();
  }

  void write(std::size_t at, std::uint64_t word) {
    words_[at].store(word);
    ++writes_;
  }

  std::span<Word> words_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> writes_ = 0;
  std::thread thread_;  ///< Last: it uses the others.
};

}  // namespace latham::ringbuf::test
