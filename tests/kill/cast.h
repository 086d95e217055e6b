// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "ringbuf/doorbell.h"
#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/ringbuf/edge.h"

/// What the exhaustive kill tests of frames and packets share: how a role hears that its neighbour is dead,
/// and how it tells what it saw.
namespace latham::test {

/// A word from the supervisor to one role, and the bell that goes with it. The role polls: a lost ring then
/// costs one bounded sleep and no more.
class Word {
 public:
  Word() { std::tie(read_, write_) = make_pipe(O_NONBLOCK); }
  void say() const { (void)!::write(write_.get(), "!", 1); }
  [[nodiscard]] int fd() const noexcept { return read_.get(); }
  /// In the role: true once it was said.
  static bool heard(int fd) {
    char c = 0;
    return ::read(fd, &c, 1) == 1;
  }

 private:
  UniqueFd read_;
  UniqueFd write_;
};

/// Numbers that a role saw, in order.
class Log {
 public:
  Log() { std::tie(read_, write_) = make_pipe(O_NONBLOCK); }
  [[nodiscard]] int fd() const noexcept { return write_.get(); }
  static void note(int fd, std::uint64_t number) {
    if (::write(fd, &number, sizeof(number)) != sizeof(number)) ::_exit(12);
  }
  [[nodiscard]] std::vector<std::uint64_t> take() const {
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    while (::read(read_.get(), &number, sizeof(number)) == sizeof(number))
      numbers.push_back(number);
    return numbers;
  }

 private:
  UniqueFd read_;
  UniqueFd write_;
};

/// A descriptor that was handed to a role, as its own.
inline UniqueFd taken(const std::string& arg) {
  return ringbuf::test::copy_of(std::stoi(arg));
}

/// How a role ends.
constexpr int kSawTheEnd = 0;
constexpr int kNeighbourDied = 3;
constexpr int kCorrupt = 10;     ///< The ring says that the other side broke the protocol.
constexpr int kWrongBytes = 11;  ///< What it holds is not what was published.
constexpr int kNeverMoved = 13;  ///< It moved nothing to private memory, though it was to.

/// 1..last, each once, in order.
inline void expect_all_until(const std::vector<std::uint64_t>& seen, std::uint64_t last) {
  ASSERT_EQ(seen.size(), last);
  for (std::uint64_t i = 0; i < last; ++i) EXPECT_EQ(seen[i], i + 1);
}

/// Runs one scene for n = 1, 2, ... until the role lives: it makes fewer stores than that. Three lives in a
/// row, since how often it stores depends on who is faster. The scene returns how the role ended. Less than
/// `least` kills, and the hook was lost.
template <class Scene>
void for_each_store(std::uint64_t least, Scene&& scene) {
  std::uint64_t kills = 0;
  int lives = 0;
  for (std::uint64_t n = 1; lives < 3; ++n) {
    SCOPED_TRACE("killed at store " + std::to_string(n));
    const ChildExit end = scene(n);
    if (::testing::Test::HasFailure()) return;
    lives = end.exited ? lives + 1 : 0;
    if (end.exited) continue;
    ASSERT_EQ(end.signal, SIGKILL);
    ++kills;
  }
  ::testing::Test::RecordProperty("kills", std::to_string(kills));
  EXPECT_GE(kills, least) << "the hook is not called";
}

}  // namespace latham::test
