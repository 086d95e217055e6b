// SPDX-License-Identifier: MIT
#include "stage/arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "system/failure.h"

namespace latham::test {
namespace {

using stage::Arguments;

Arguments parse(std::vector<std::string> words) {
  words.insert(words.begin(), "latham-stage");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return stage::parse_arguments(static_cast<int>(argv.size()), argv.data(), {"f", "threads"},
                                {"an", "xerror"});
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    (void)parse(words);
  } catch (const StageFailure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::usage);
    return failure.what();
  }
  return "was taken";
}

TEST(Arguments, OptionsFlagsAndNamesAreToldApart) {
  const Arguments a = parse({"-an", "-f", "mp4", "-crf", "20", "out.mp4"});
  EXPECT_TRUE(a.has("an"));
  EXPECT_FALSE(a.has("xerror"));
  EXPECT_EQ(a.get("f"), "mp4");
  EXPECT_EQ(a.get("threads", "1"), "1");
  EXPECT_EQ(a.avoptions, (std::vector<std::pair<std::string, std::string>>{{"crf", "20"}}));
  EXPECT_EQ(a.names, std::vector<std::string>{"out.mp4"});
}

TEST(Arguments, DashAloneIsAName) {
  EXPECT_EQ(parse({"-f", "null", "-"}).names, std::vector<std::string>{"-"});
}

TEST(Arguments, ValueMayStartWithADash) {
  const Arguments a = parse({"-threads", "-1", "-bsf", "-x"});
  EXPECT_EQ(a.get("threads"), "-1");
  EXPECT_EQ(a.avoptions.at(0).second, "-x");
}

TEST(Arguments, LaterValueWins) {
  EXPECT_EQ(parse({"-f", "mp4", "-f", "nut"}).get("f"), "nut");
}

TEST(Arguments, OptionWithoutValueIsNamed) {
  EXPECT_NE(refusal({"-f"}).find("-f"), std::string::npos);
  EXPECT_NE(refusal({"-crf"}).find("-crf"), std::string::npos);
}

TEST(Arguments, NumberIsCheckedWhole) {
  EXPECT_EQ(parse({"-threads", "4"}).number("threads", 0, 1), 4);
  EXPECT_EQ(parse({}).number("threads", 7, 1), 7);
  for (const char* bad : {"0", "four", "4x", "", " 4", "99999999999999999999"})
    EXPECT_THROW((void)parse({"-threads", bad}).number("threads", 0, 1), StageFailure) << bad;
}

}  // namespace
}  // namespace latham::test
