// SPDX-License-Identifier: MIT
#include "system/number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace latham {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<double>("1e3"), 1000);
  for (const char* text : {"", " 1", "1 ", "+1", "0x10", "1.5", "12a", "--1"})
    EXPECT_FALSE(parse_number<int>(text)) << '"' << text << '"';
}

TEST(ParseNumber, RefusesWhatTheTypeCannotHold) {
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_FALSE(parse_number<std::uint8_t>("256"));
  EXPECT_FALSE(parse_number<std::uint64_t>("-1"));
  EXPECT_FALSE(parse_number<std::int64_t>("9223372036854775808"));
}

TEST(ParseNumbers, TakesAListOrNothing) {
  using Numbers = std::vector<int>;
  EXPECT_EQ(parse_numbers<int>("1,-2,5"), (Numbers{1, -2, 5}));
  EXPECT_EQ(parse_numbers<int>("7"), Numbers{7});
  EXPECT_EQ(parse_numbers<int>(""), Numbers{});
  for (const char* text : {",", "1,", ",1", "1,,2", "1;2", "1, 2", "a"})
    EXPECT_FALSE(parse_numbers<int>(text)) << '"' << text << '"';
}

}  // namespace
}  // namespace latham
