// SPDX-License-Identifier: MIT
#include "control/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "tests/support/alarm.h"
#include "tests/support/child.h"
#include "tests/support/fds.h"

namespace latham::control {
namespace {

using test::keep_open;
using test::make_pipe;
using test::spawn_child;

void put(int fd, std::string_view bytes) {
  ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

/// Waits a little, so that its parent is asleep by then, and writes "late\n".
LATHAM_CHILD(late_writer) {
  ::usleep(50'000);
  return ::write(std::stoi(args.at(0)), "late\n", 5) == 5 ? 0 : 1;
}

/// Each test once on a blocking and once on a non-blocking pipe: the reader is the same on both.
class LineReaderTest : public testing::TestWithParam<int> {
 protected:
  LineReaderTest() : pipe_(make_pipe(GetParam())), reader_(pipe_.first.get()) {}

  void write(std::string_view bytes) { put(pipe_.second.get(), bytes); }
  void close_writer() { pipe_.second.reset(); }

  void expect_line(std::string_view expected) {
    ASSERT_EQ(reader_.try_next(line_), LineStatus::line);
    EXPECT_EQ(line_, expected);
  }
  void expect(LineStatus expected) { ASSERT_EQ(reader_.try_next(line_), expected); }

  std::pair<UniqueFd, UniqueFd> pipe_;
  LineReader reader_;
  std::string line_;
};

INSTANTIATE_TEST_SUITE_P(Pipe, LineReaderTest, testing::Values(0, O_NONBLOCK),
                         [](const auto& param) {
                           return param.param == 0 ? "Blocking" : "NonBlocking";
                         });

TEST_P(LineReaderTest, EmptyPipeSaysNothingAndDoesNotBlock) {
  expect(LineStatus::nothing);
  expect(LineStatus::nothing);
}

TEST_P(LineReaderTest, SeveralLinesInOneReadComeOneByOne) {
  write("one\ntwo\n\nfour\n");
  expect_line("one");
  expect_line("two");
  expect_line("");
  expect_line("four");
  expect(LineStatus::nothing);
}

TEST_P(LineReaderTest, OneLineOverSeveralReadsComesWhole) {
  write("rea");
  expect(LineStatus::nothing);
  write("dy width=");
  expect(LineStatus::nothing);
  write("1920\nnext");
  expect_line("ready width=1920");
  expect(LineStatus::nothing);
  write("\n");
  expect_line("next");
}

TEST_P(LineReaderTest, EndComesAfterTheLastLineAndStays) {
  write("last\n");
  close_writer();
  expect_line("last");
  expect(LineStatus::end);
  expect(LineStatus::end);
  EXPECT_EQ(reader_.next(line_), LineStatus::end);
  EXPECT_FALSE(reader_.cut_short());
}

TEST_P(LineReaderTest, HalfALineAtTheEndIsNotGivenOut) {
  write("whole\nhal");
  close_writer();
  expect_line("whole");
  expect(LineStatus::end);
  EXPECT_TRUE(reader_.cut_short());
}

TEST_P(LineReaderTest, AnyByteButNewlineIsPartOfTheLine) {
  const std::string bytes("\0\r\x7f\xff\x80 %", 7);
  write(bytes + "\n");
  expect_line(bytes);
}

TEST_P(LineReaderTest, LongestLineComesWhole) {
  const std::string longest(kMaxLine - 1, 'x');
  write("a\n");
  write(longest + "\n");
  write("b\n");
  expect_line("a");
  expect_line(longest);
  expect_line("b");
}

TEST_P(LineReaderTest, LineOneByteTooLongIsReportedOnceAndSkipped) {
  write("before\n" + std::string(kMaxLine, 'x') + "\nafter\n");
  expect_line("before");
  expect(LineStatus::overlong);
  expect_line("after");
  expect(LineStatus::nothing);
}

TEST_P(LineReaderTest, EndlessLineIsReportedOnce) {
  for (int i = 0; i < 10; ++i) write(std::string(kMaxLine, 'x'));
  expect(LineStatus::overlong);
  expect(LineStatus::nothing);
  for (int i = 0; i < 4; ++i) write(std::string(kMaxLine, 'y'));
  expect(LineStatus::nothing);
  write("tail\nafter\n");
  expect_line("after");
}

TEST_P(LineReaderTest, TwoOverlongLinesAreReportedTwice) {
  write(std::string(2 * kMaxLine, 'x') + "\n" + std::string(kMaxLine, 'y') + "\nafter\n");
  expect(LineStatus::overlong);
  expect(LineStatus::overlong);
  expect_line("after");
}

TEST_P(LineReaderTest, EndInsideAnOverlongLineIsTheEnd) {
  write(std::string(kMaxLine + 100, 'x'));
  close_writer();
  expect(LineStatus::overlong);
  expect(LineStatus::end);
  EXPECT_TRUE(reader_.cut_short());
}

TEST_P(LineReaderTest, EveryCutOfTheStreamGivesTheSameLines) {
  const std::string stream = "a\nready x=1\n\n:\nlast one here\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      std::string got;
      for (const auto& [from, to] : {std::pair{std::size_t{0}, first}, std::pair{first, second},
                                     std::pair{second, stream.size()}}) {
        if (to > from) write(stream.substr(from, to - from));
        while (reader_.try_next(line_) == LineStatus::line) got += line_ + "\n";
      }
      ASSERT_EQ(got, stream) << first << ' ' << second;
    }
  }
}

TEST_P(LineReaderTest, WaitingReaderGetsALineWrittenLaterThroughSignals) {
  const test::Child child = spawn_child("late_writer", keep_open(pipe_.second.get()));
  const test::AlarmStorm storm;
  EXPECT_EQ(reader_.next(line_), LineStatus::line);
  EXPECT_EQ(line_, "late");
}

TEST_P(LineReaderTest, WaitingReaderSeesTheEnd) {
  const test::Child child = spawn_child("late_writer", keep_open(pipe_.second.get()));
  close_writer();
  EXPECT_EQ(reader_.next(line_), LineStatus::line);
  EXPECT_EQ(reader_.next(line_), LineStatus::end);
}

TEST_P(LineReaderTest, MovedReaderKeepsWhatItHadRead) {
  write("one\ntwo\nthr");
  expect_line("one");
  LineReader moved = std::move(reader_);
  ASSERT_EQ(moved.try_next(line_), LineStatus::line);
  EXPECT_EQ(line_, "two");
  write("ee\n");
  ASSERT_EQ(moved.try_next(line_), LineStatus::line);
  EXPECT_EQ(line_, "three");
}

TEST(LineReaderErrors, DescriptorThatCannotBeReadThrows) {
  std::string line;
  const UniqueFd directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_THROW((void)LineReader(directory.get()).try_next(line), std::system_error);
}

TEST(LineReaderErrors, ClosedDescriptorThrows) {
  std::string line;
  auto pipe = make_pipe();
  LineReader reader(pipe.first.get());
  pipe.first.reset();
  EXPECT_THROW((void)reader.try_next(line), std::system_error);
}

}  // namespace
}  // namespace latham::control
