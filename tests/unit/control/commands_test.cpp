// SPDX-License-Identifier: MIT
#include "control/commands.h"

#include <gtest/gtest.h>

namespace latham::control {
namespace {

constexpr Command kSent[] = {Command::start, Command::pause, Command::resume, Command::stop,
                             Command::abort};

TEST(Commands, EveryCommandSurvivesTheLine) {
  for (const Command command : kSent) {
    const std::string line = format({.word = std::string(word(command)), .fields = {}, .text = ""});
    const auto message = parse(line.substr(0, line.size() - 1));
    ASSERT_TRUE(message) << line;
    EXPECT_EQ(command_from(*message), command);
  }
}

TEST(Commands, UnknownWordGivesNothing) {
  for (const char* const unknown : {"", "begin", "starts", "star", "START", "ready"}) {
    EXPECT_EQ(command_from({.word = unknown, .fields = {}, .text = ""}), std::nullopt) << unknown;
  }
}

TEST(Commands, NoneIsNeverReceived) {
  EXPECT_EQ(command_from({.word = "none", .fields = {}, .text = ""}), std::nullopt);
}

TEST(Commands, FieldsAndTextOfNewerVersionsAreIgnored) {
  EXPECT_EQ(command_from({.word = "stop", .fields = {{"why", "user"}}, .text = "more"}),
            Command::stop);
}

}  // namespace
}  // namespace latham::control
