// SPDX-License-Identifier: MIT
// Lines nobody would think of. Seeds are fixed, so a failure comes again.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "control/message.h"
#include "tests/unit/control/message_equal.h"

namespace latham::control {
namespace {

constexpr int kLines = 100'000;

class Dice {
 public:
  explicit Dice(std::mt19937::result_type seed) : engine_(seed) {}
  // The slight preference for small numbers is no harm here, and the same dice fall everywhere.
  std::size_t upto(std::size_t most) { return engine_() % (most + 1); }
  char one_of(std::string_view set) { return set[upto(set.size() - 1)]; }
  std::string from(std::string_view set, std::size_t most) {
    std::string out(upto(most), ' ');
    for (char& c : out) c = one_of(set);
    return out;
  }
  std::string bytes(std::size_t most) {
    std::string out(upto(most), ' ');
    for (char& c : out) c = static_cast<char>(upto(255));
    return out;
  }

 private:
  std::mt19937 engine_;
};

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kWordTail = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view kKeyTail = "abcdefghijklmnopqrstuvwxyz0123456789_";

Message random_message(Dice& dice) {
  Message message;
  message.word = dice.one_of(kLetters) + dice.from(kWordTail, 12);
  for (std::size_t left = dice.upto(6); left > 0; --left) {
    message.fields[dice.one_of(kLetters) + dice.from(kKeyTail, 8)] = dice.bytes(60);
  }
  message.text = dice.bytes(200);
  return message;
}

/// What must hold for every line that parse() takes: it is written no longer than it was, and comes
/// back as it is.
void expect_stable(std::string_view line) {
  const auto message = parse(line);
  if (!message) return;
  const std::string again = format(*message);
  ASSERT_LE(again.size(), line.size() + 1);
  ASSERT_EQ(parse(std::string_view(again).substr(0, again.size() - 1)), message);
}

TEST(MessageRandom, MessagesComeBackAsTheyWere) {
  Dice dice(1);
  for (int i = 0; i < kLines; ++i) {
    const Message message = random_message(dice);
    const std::string line = format(message);
    ASSERT_LE(line.size(), kMaxLine);
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    ASSERT_EQ(parse(std::string_view(line).substr(0, line.size() - 1)), message) << "line " << i;
  }
}

TEST(MessageRandom, RandomBytesAreTakenOrLeft) {
  Dice dice(2);
  for (int i = 0; i < kLines; ++i) expect_stable(dice.bytes(120));
}

TEST(MessageRandom, NearlyGoodLinesAreTakenOrLeft) {
  Dice dice(3);
  int taken = 0;
  for (int i = 0; i < kLines; ++i) {
    const std::string line = dice.one_of(kLetters) + dice.from("ab=: %40aF\n", 30);
    if (parse(line)) ++taken;
    expect_stable(line);
  }
  EXPECT_GT(taken, 0);
}

TEST(MessageRandom, DamagedLinesAreTakenOrLeft) {
  Dice dice(4);
  for (int i = 0; i < kLines; ++i) {
    std::string line = format(random_message(dice));
    line.pop_back();
    for (std::size_t left = 1 + dice.upto(2); left > 0 && !line.empty(); --left) {
      const std::size_t at = dice.upto(line.size() - 1);
      switch (dice.upto(2)) {
        case 0:
          line[at] = static_cast<char>(dice.upto(255));
          break;
        case 1:
          line.erase(at, 1 + dice.upto(3));
          break;
        default:
          line.insert(at, dice.bytes(4));
      }
    }
    expect_stable(line);
  }
}

}  // namespace
}  // namespace latham::control
