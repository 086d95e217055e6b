// SPDX-License-Identifier: MIT
#include "control/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "control/line_reader.h"
#include "tests/support/alarm.h"
#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/control/message_equal.h"

namespace latham::control {
namespace {

using test::keep_open;
using test::make_pipe;
using test::spawn_child;

constexpr int kLinesEach = 2000;

Message numbered(const std::string& writer, int number) {
  // Lengths run through everything from a few bytes to the longest line.
  const auto length = static_cast<std::size_t>(number * 37) % kMaxLine;
  return {.word = "progress",
          .fields = {{"writer", writer}, {"n", std::to_string(number)}},
          .text = std::string(length, writer.front())};
}

LATHAM_CHILD(line_storm) {
  for (int i = 0; i < kLinesEach; ++i) {
    if (!write_line(std::stoi(args.at(0)), numbered(args.at(1), i))) return 1;
  }
  return 0;
}

LATHAM_CHILD(late_reader) {
  ::usleep(50'000);
  std::string line;
  LineReader reader(std::stoi(args.at(0)));
  while (reader.next(line) == LineStatus::line) {
    if (line == "stop") return 0;
  }
  return 1;
}

Message word_only(std::string word) {
  return {.word = std::move(word), .fields = {}, .text = ""};
}

TEST(LineWriter, LineArrivesWhole) {
  const auto [reader, writer] = make_pipe();
  ASSERT_TRUE(write_line(writer.get(), {.word = "a", .fields = {{"k", "v w"}}, .text = "x\ny"}));
  std::array<char, 64> got{};
  const ssize_t size = ::read(reader.get(), got.data(), got.size());
  EXPECT_EQ(std::string(got.data(), static_cast<std::size_t>(size)), "a k=v%20w :x%0Ay\n");
}

TEST(LineWriter, ReaderGoneReturnsFalseAndRaisesNoSigpipe) {
  auto [reader, writer] = make_pipe();
  reader.reset();
  const auto before = std::signal(SIGPIPE, SIG_DFL);  // a signal would end this program
  EXPECT_FALSE(write_line(writer.get(), word_only("progress")));
  EXPECT_EQ(errno, EPIPE);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
  std::signal(SIGPIPE, before);
}

TEST(LineWriter, SigpipePendingBeforeStaysPending) {
  auto [reader, writer] = make_pipe();
  reader.reset();
  sigset_t sigpipe;
  sigset_t before;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  ASSERT_EQ(raise(SIGPIPE), 0);
  EXPECT_FALSE(write_line(writer.get(), word_only("progress")));
  EXPECT_EQ(errno, EPIPE);
  const timespec at_once{};
  EXPECT_EQ(sigtimedwait(&sigpipe, nullptr, &at_once), SIGPIPE);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(LineWriter, FullNonBlockingPipeReturnsFalseAndWritesNothing) {
  const auto [reader, writer] = make_pipe(O_NONBLOCK);
  const Message message = numbered("x", 50);
  int written = 0;
  while (write_line(writer.get(), message)) ++written;
  EXPECT_EQ(errno, EAGAIN);
  LineReader lines(reader.get());
  std::string line;
  for (int i = 0; i < written; ++i) {
    ASSERT_EQ(lines.try_next(line), LineStatus::line);
    ASSERT_EQ(parse(line), message);
  }
  EXPECT_EQ(lines.try_next(line), LineStatus::nothing);
}

TEST(LineWriter, MessageThatMakesNoLineReturnsFalseAndWritesNothing) {
  const auto [reader, writer] = make_pipe(O_NONBLOCK);
  EXPECT_FALSE(write_line(
      writer.get(), {.word = "a", .fields = {{"k", std::string(kMaxLine, 'v')}}, .text = ""}));
  EXPECT_EQ(errno, EMSGSIZE);
  EXPECT_FALSE(write_line(writer.get(), word_only("two words")));
  EXPECT_EQ(errno, EINVAL);
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), -1);
}

TEST(LineWriter, ClosedDescriptorReturnsFalse) {
  auto [reader, writer] = make_pipe();
  const int closed = writer.get();
  writer.reset();
  EXPECT_FALSE(write_line(closed, word_only("progress")));
  EXPECT_EQ(errno, EBADF);
}

TEST(LineWriter, BlockedWriterSurvivesSignals) {
  auto [reader, writer] = make_pipe();
  test::Child child = spawn_child("late_reader", keep_open(reader.get()));
  reader.reset();
  const test::AlarmStorm storm;
  // More than the pipe holds, so that a write sleeps until the child reads.
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(write_line(writer.get(), numbered("x", 100)));
  ASSERT_TRUE(write_line(writer.get(), word_only("stop")));
  EXPECT_EQ(child.wait().code, 0);
}

TEST(LineWriter, TwoProcessesOnOnePipeNeverInterleave) {
  auto [reader, writer] = make_pipe();
  test::Child first = spawn_child("line_storm", keep_open(writer.get()), "a");
  test::Child second = spawn_child("line_storm", keep_open(writer.get()), "b");
  writer.reset();

  LineReader lines(reader.get());
  std::string line;
  std::map<std::string, int> next = {{"a", 0}, {"b", 0}};
  LineStatus status;
  while ((status = lines.next(line)) == LineStatus::line) {
    const auto message = parse(line);
    ASSERT_TRUE(message) << line;
    const std::string name = message->get("writer");
    ASSERT_EQ(message->number("n"), next.at(name)++);
    ASSERT_EQ(message->text.find_first_not_of(name), std::string::npos);
  }
  EXPECT_EQ(status, LineStatus::end);
  EXPECT_EQ(next["a"], kLinesEach);
  EXPECT_EQ(next["b"], kLinesEach);
  EXPECT_EQ(first.wait().code, 0);
  EXPECT_EQ(second.wait().code, 0);
}

}  // namespace
}  // namespace latham::control
