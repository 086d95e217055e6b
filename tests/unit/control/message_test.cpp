// SPDX-License-Identifier: MIT
#include "control/message.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/control/message_equal.h"

namespace latham::control {
namespace {

/// What a receiver makes of the line for `message`.
std::optional<Message> sent(const Message& message) {
  const std::string line = format(message);
  EXPECT_TRUE(line.ends_with('\n'));
  EXPECT_LE(line.size(), kMaxLine);
  return parse(std::string_view(line).substr(0, line.size() - 1));
}

Message make(std::string word, std::map<std::string, std::string> fields = {},
             std::string text = "") {
  return {.word = std::move(word), .fields = std::move(fields), .text = std::move(text)};
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(MessageFormat, LineReadsAsDocumented) {
  EXPECT_EQ(format(make("start")), "start\n");
  EXPECT_EQ(format(make("ready", {{"width", "1920"}, {"pix_fmt", "yuv420p"}})),
            "ready pix_fmt=yuv420p width=1920\n");
  EXPECT_EQ(format(make("error", {{"kind", "input"}}, "open 'a b.mkv': not there")),
            "error kind=input :open 'a b.mkv': not there\n");
  EXPECT_EQ(format(make("packets-out", {{"x_1", ""}})), "packets-out x_1=\n");
}

TEST(MessageFormat, OnlyWhatMustBeIsEscaped) {
  EXPECT_EQ(format(make("a", {{"k", ":a:b c=d%\x7f\t"}}, ": 5%\nnext \xc3\xa9")),
            "a k=%3Aa:b%20c=d%25%7F%09 :: 5%25%0Anext \xc3\xa9\n");
}

TEST(MessageFormat, EveryByteValueComesBack) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const Message message = make("word", {{"key", one}}, one);
    EXPECT_EQ(sent(message), message) << "byte " << byte;
  }
  const Message message = make("word", {{"key", all_bytes()}, {"other", all_bytes()}}, all_bytes());
  EXPECT_EQ(sent(message), message);
}

TEST(MessageFormat, SpacesAndColonsComeBackWhereverTheyStand) {
  for (const char* const odd :
       {" ", ":", " :", "a ", " a", "a  b", ":a", "a:", "a=b", "=", "  :  "}) {
    const Message message = make("word", {{"key", odd}}, odd);
    EXPECT_EQ(sent(message), message) << '\'' << odd << '\'';
  }
}

TEST(MessageFormat, LongTextIsCutToOneLine) {
  const auto got = sent(make("warning", {}, std::string(10'000, 'x')));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->text, std::string(kMaxLine - std::string("warning :\n").size(), 'x'));
}

TEST(MessageFormat, TextThatJustFitsIsWhole) {
  const std::string text(kMaxLine - std::string("warning :\n").size(), 'x');
  EXPECT_EQ(format(make("warning", {}, text)).size(), kMaxLine);
  EXPECT_EQ(sent(make("warning", {}, text))->text, text);
}

TEST(MessageFormat, TextIsCutAtACharactersEdge) {
  // Two, three and four bytes, shifted so that the cut falls on each byte of a character in turn.
  for (const std::string character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\x9e"}) {
    for (std::size_t shift = 0; shift < character.size(); ++shift) {
      std::string text(shift, 'x');
      while (text.size() < 2 * kMaxLine) text += character;
      const auto got = sent(make("warning", {}, text));
      ASSERT_TRUE(got);
      EXPECT_TRUE(text.starts_with(got->text));
      EXPECT_EQ((got->text.size() - shift) % character.size(), 0U);
      EXPECT_GT(got->text.size() + character.size(), kMaxLine - std::string("warning :\n").size());
    }
  }
}

TEST(MessageFormat, TextIsNeverCutInsideAnEscape) {
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string text = std::string(shift, 'x') + std::string(kMaxLine, '\n');
    const auto got = sent(make("warning", {}, text));
    ASSERT_TRUE(got);
    EXPECT_TRUE(text.starts_with(got->text));
  }
}

TEST(MessageFormat, BrokenUtf8IsCutByBytes) {
  for (const char* const broken : {"\x80", "\xff", "\xe2\x82", "\xf0\x9f\x8e", "\xc3"}) {
    std::string text;
    while (text.size() < 2 * kMaxLine) text += broken;
    const auto got = sent(make("warning", {}, text));
    ASSERT_TRUE(got);
    EXPECT_TRUE(text.starts_with(got->text));
  }
  const Message ends_inside = make("warning", {}, "abc\xe2\x82");
  EXPECT_EQ(sent(ends_inside), ends_inside);
}

TEST(MessageFormat, FieldsThatFillTheLineLeaveNoText) {
  const std::size_t room = kMaxLine - std::string("a k=\n").size();
  for (std::size_t left = 0; left < 6; ++left) {
    const std::string value(room - left, 'v');
    const auto got = sent(make("a", {{"k", value}}, "text"));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->get("k"), value);
    EXPECT_EQ(got->text, std::string("text").substr(0, left < 2 ? 0 : left - 2));
  }
}

TEST(MessageFormat, FieldsThatDoNotFitThrowLengthError) {
  const std::size_t room = kMaxLine - std::string("a k=\n").size();
  EXPECT_NO_THROW((void)format(make("a", {{"k", std::string(room, 'v')}})));
  EXPECT_THROW((void)format(make("a", {{"k", std::string(room + 1, 'v')}})), std::length_error);
  EXPECT_THROW((void)format(make("a", {{"k", std::string(room / 3 + 1, ' ')}})), std::length_error);
  EXPECT_THROW((void)format(make(std::string(kMaxLine, 'w'))), std::length_error);
}

TEST(MessageFormat, BadWordOrKeyThrowsInvalidArgument) {
  for (const char* const word : {"", "A", "1a", "-a", "a b", "a_b", "a\n", "\xc3\xa9", "a="}) {
    EXPECT_THROW((void)format(make(word)), std::invalid_argument) << word;
  }
  for (const char* const key : {"", "K", "1k", "_k", "k-k", "k ", ":k", "k=", "k\n"}) {
    EXPECT_THROW((void)format(make("a", {{key, "v"}})), std::invalid_argument) << key;
  }
}

TEST(MessageParse, BrokenLinesGiveNothing) {
  for (const std::string line : {"",
                                 " ",
                                 "Start",
                                 "start ",
                                 " start",
                                 "start  a=b",
                                 "start a=b ",
                                 "start a=b  :x",
                                 "9",
                                 ":text",
                                 "start\n",
                                 "start\r",
                                 "start\t",
                                 "start a",
                                 "start =b",
                                 "start A=b",
                                 "start a=b\x01",
                                 "start 1a=b",
                                 "start a=:b",
                                 "start a=\x7f",
                                 "start :tab\there",
                                 "start :\x7f",
                                 "sta_rt",
                                 "start a-b=c",
                                 "\xc3\xa9",
                                 "start \xc3\xa9=1"}) {
    EXPECT_EQ(parse(line), std::nullopt) << '\'' << line << '\'';
  }
  EXPECT_EQ(parse(std::string_view("start a=\0b", 10)), std::nullopt);
}

TEST(MessageParse, BrokenEscapesGiveNothing) {
  for (const std::string code :
       {"%", "%4", "%g0", "%0g", "%%", "% 1", "%+1", "%-1", "x%", "%2%20"}) {
    EXPECT_EQ(parse("a k=" + code), std::nullopt) << code;
    EXPECT_EQ(parse("a :" + code), std::nullopt) << code;
  }
}

TEST(MessageParse, EscapesOfAnyByteInEitherCaseAreTaken) {
  EXPECT_EQ(parse("a k=%41%c3%A9%3a :%25%0a%20"), make("a", {{"k", "A\xc3\xa9:"}}, "%\n "));
}

TEST(MessageParse, RepeatedKeyGivesNothing) {
  EXPECT_EQ(parse("a k=1 k=1"), std::nullopt);
  EXPECT_EQ(parse("a k=1 l=2 k=3 :text"), std::nullopt);
}

TEST(MessageParse, TextStartsAtTheFirstColonAfterASpace) {
  EXPECT_EQ(parse("a k=b:c :d :e=f"), make("a", {{"k", "b:c"}}, "d :e=f"));
  EXPECT_EQ(parse("a :"), make("a"));
  EXPECT_EQ(parse("a ::  x "), make("a", {}, ":  x "));
}

TEST(MessageParse, LongestLineIsTakenAndOneByteMoreIsNot) {
  const std::string longest = "a :" + std::string(kMaxLine - 4, 'x');
  EXPECT_TRUE(parse(longest));
  EXPECT_EQ(parse(longest + 'x'), std::nullopt);
  EXPECT_EQ(parse(std::string(1'000'000, 'a')), std::nullopt);
}

TEST(MessageNumber, WholeNumbersInRangeOnly) {
  const auto number = [](const char* text) { return make("a", {{"n", text}}).number("n"); };
  EXPECT_EQ(number("0"), 0);
  EXPECT_EQ(number("-5"), -5);
  EXPECT_EQ(number("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(number("-9223372036854775808"), INT64_MIN);
  for (const char* const bad : {"", "-", "+5", " 5", "5 ", "5x", "0x10", "1.5", "1e3", "nan",
                                "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(number(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(make("a").number("n"), std::nullopt);
}

TEST(MessageGet, FallbackOnlyWhereTheFieldIsAbsent) {
  const Message message = make("a", {{"here", ""}});
  EXPECT_EQ(message.get("here", "fallback"), "");
  EXPECT_EQ(message.get("gone", "fallback"), "fallback");
  EXPECT_EQ(message.get("gone"), "");
}

}  // namespace
}  // namespace latham::control
