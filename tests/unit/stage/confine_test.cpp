// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "stage/stage.h"
#include "tests/support/child.h"

namespace latham::test {
namespace {

/// misbehave STATUS: a stage that asks for what no stage may have.
LATHAM_CHILD(misbehave) {
  const int status = std::stoi(args.at(0));
  const int quiet = ::eventfd(0, EFD_CLOEXEC);  // a supervisor that has nothing to say
  // Away from the numbers of a stage, then onto them.
  const int safe = ::fcntl(status, F_DUPFD_CLOEXEC, 50);
  for (const int fd : {stage::kControlFd, stage::kLinkFd}) ::dup2(quiet, fd);
  ::dup2(safe, stage::kStatusFd);
  stage::Stage stage;
  stage.confine({});
  ::syscall(SYS_execve, "/bin/true", nullptr, nullptr);
  return 0;
}

TEST(Confine, ARefusedCallEndsTheStageWithOneLineThatNamesIt) {
  if (!sandbox::support().front().there) GTEST_SKIP() << sandbox::support().front().remark;
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Child child = spawn_child("misbehave", keep_open(write_end.get()));
  write_end.reset();
  const ChildExit end = child.wait();
  EXPECT_TRUE(end.exited);
  EXPECT_EQ(end.code, 1);
  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(
      std::max<ssize_t>(::read(read_end.get(), text.data(), text.size()), 0)));
  EXPECT_TRUE(text.starts_with("error kind=failed :")) << text;
  EXPECT_NE(text.find("(execve)"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
}

}  // namespace
}  // namespace latham::test
