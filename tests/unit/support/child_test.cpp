// SPDX-License-Identifier: MIT
#include "tests/support/child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "tests/support/fds.h"

namespace latham::test {
namespace {

LATHAM_CHILD(exit_with) {
  return std::stoi(args.at(0));
}
LATHAM_CHILD(write_byte) {
  return ::write(std::stoi(args.at(0)), args.at(1).data(), 1) == 1 ? 0 : 1;
}
LATHAM_CHILD(sleep_for_ever) {
  for (;;) ::pause();
}
LATHAM_CHILD(raise_signal) {
  return std::raise(std::stoi(args.at(0)));
}
LATHAM_CHILD(throw_something) {
  throw std::runtime_error("thrown on purpose");
}
LATHAM_CHILD(count_fds) {
  return static_cast<int>(count_open_fds());
}

TEST(Child, ExitCodeIsReported) {
  Child child = spawn_child("exit_with", 42);
  const ChildExit end = child.wait();
  EXPECT_TRUE(end.exited);
  EXPECT_EQ(end.code, 42);
  EXPECT_EQ(end.signal, 0);
}

TEST(Child, WaitingTwiceGivesTheSameAnswer) {
  Child child = spawn_child("exit_with", 7);
  EXPECT_EQ(child.wait().code, 7);
  EXPECT_EQ(child.wait().code, 7);
  child.kill();  // must not reach whoever has the number now
}

TEST(Child, KilledChildReportsTheSignal) {
  Child child = spawn_child("sleep_for_ever");
  child.kill(SIGKILL);
  const ChildExit end = child.wait();
  EXPECT_FALSE(end.exited);
  EXPECT_EQ(end.signal, SIGKILL);
}

TEST(Child, SignalRaisedByTheRoleIsReported) {
  EXPECT_EQ(spawn_child("raise_signal", SIGTERM).wait().signal, SIGTERM);
}

TEST(Child, ExceptionInTheRoleIsExitThree) {
  EXPECT_EQ(spawn_child("throw_something").wait().code, 3);
}

TEST(Child, UnknownRoleIsExitTwo) {
  EXPECT_EQ(spawn_child("nobody").wait().code, 2);
}

TEST(Child, KeptDescriptorWorksInTheChild) {
  auto [reader, writer] = make_pipe();
  Child child = spawn_child("write_byte", keep_open(writer.get()), "x");
  writer.reset();
  std::array<char, 2> got{};
  EXPECT_EQ(::read(reader.get(), got.data(), got.size()), 1);
  EXPECT_EQ(got[0], 'x');
  EXPECT_EQ(child.wait().code, 0);
}

TEST(Child, OtherDescriptorsStayBehind) {
  const int before = spawn_child("count_fds").wait().code;
  const auto pipe = make_pipe();
  EXPECT_EQ(spawn_child("count_fds").wait().code, before);
  EXPECT_EQ(spawn_child("count_fds", keep_open(pipe.first.get())).wait().code, before + 1);
}

TEST(Child, DroppedHandleKillsAndReaps) {
  pid_t pid = -1;
  {
    const Child child = spawn_child("sleep_for_ever");
    pid = child.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(Child, MovedHandleKeepsTheChild) {
  Child first = spawn_child("sleep_for_ever");
  const pid_t pid = first.pid();
  Child second = std::move(first);
  EXPECT_EQ(second.pid(), pid);
  EXPECT_EQ(::kill(pid, 0), 0);
  second = spawn_child("exit_with", 5);
  EXPECT_EQ(second.wait().code, 5);
}

}  // namespace
}  // namespace latham::test
