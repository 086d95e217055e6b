// SPDX-License-Identifier: MIT
#include "supervisor/stage_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <set>

#include "tests/support/child.h"
#include "tests/support/fds.h"

namespace latham::supervisor {
namespace {

using test::make_pipe;

/// Tells over descriptor 3 what it sees of its own world.
LATHAM_CHILD(tell_world) {
  std::set<int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    open.insert(std::stoi(entry.path().filename()));
  std::string text;
  // The walk's own descriptor is closed by now.
  for (const int fd : open) {
    if (::fcntl(fd, F_GETFD) >= 0) text += fmt::format("{} ", fd);
  }
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  struct sigaction pipe_action {};
  ::sigaction(SIGPIPE, nullptr, &pipe_action);
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  text += fmt::format("| group {} blocked {} pipe_ignored {} dies_with {} null {}",
                      ::getpgrp() == ::getpid(), sigismember(&blocked, SIGINT),
                      pipe_action.sa_handler == SIG_IGN, death_signal,
                      std::filesystem::read_symlink("/proc/self/fd/0").string());
  return ::write(3, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}
LATHAM_CHILD(exit_with) {
  return std::stoi(args.at(0));
}
LATHAM_CHILD(die_of) {
  const int signal = std::stoi(args.at(0));
  ::signal(signal, SIG_DFL);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::raise(signal);
  return 99;
}
LATHAM_CHILD(sleep_on) {
  for (;;) ::pause();
}

std::string this_program() {
  return std::filesystem::read_symlink("/proc/self/exe").string();
}

StageProcess start(const std::string& role, const std::string& arg = "0",
                   std::vector<int> fds = {-1, 1, 2}) {
  return StageProcess({this_program(), {"stage", "--child=" + role, arg}, fds});
}

void wait_for(StageProcess& process) {
  pollfd death{process.pidfd(), POLLIN, 0};
  while (!process.reap()) ::poll(&death, 1, 1000);
}

TEST(StageProcess, ExitCodeIsReported) {
  StageProcess process = start("exit_with", "7");
  wait_for(process);
  EXPECT_EQ(process.end()->kind, StageEnd::Kind::exited);
  EXPECT_EQ(process.end()->code, 7);
}

TEST(StageProcess, ForeignSignalIsReported) {
  StageProcess process = start("die_of", std::to_string(SIGSEGV));
  wait_for(process);
  EXPECT_EQ(process.end()->kind, StageEnd::Kind::signalled);
  EXPECT_EQ(process.end()->signal, SIGSEGV);
}

TEST(StageProcess, KillByOthersIsNotOurs) {
  StageProcess process = start("sleep_on");
  ::kill(process.pid(), SIGKILL);
  wait_for(process);
  EXPECT_EQ(process.end()->kind, StageEnd::Kind::signalled);
  EXPECT_EQ(process.end()->signal, SIGKILL);
}

TEST(StageProcess, OurKillIsToldApartEvenWhenItIsStopped) {
  StageProcess process = start("sleep_on");
  ::kill(process.pid(), SIGSTOP);
  EXPECT_FALSE(process.reap());
  process.kill();
  wait_for(process);
  EXPECT_EQ(process.end()->kind, StageEnd::Kind::killed_by_us);
}

TEST(StageProcess, MissingProgramIsNotStarted) {
  const std::array<int, 3> fds = {-1, -1, 2};
  const StageProcess process({"/nonexistent/latham-decoder", {"x"}, fds});
  ASSERT_TRUE(process.end());
  EXPECT_EQ(process.end()->kind, StageEnd::Kind::not_started);
  EXPECT_EQ(process.end()->code, ENOENT);
}

TEST(StageProcess, DestructionKillsAndReaps) {
  pid_t pid = 0;
  {
    const StageProcess process = start("sleep_on");
    pid = process.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(StageProcess, ChildSeesExactlyItsDescriptorsAndACleanWorld) {
  auto [read_end, write_end] = make_pipe();
  // What must not get through: close-on-exec forgotten, a low number, a blocked and an ignored
  // signal.
  const UniqueFd leak(::open("/dev/zero", O_RDONLY));
  const UniqueFd high(::fcntl(leak.get(), F_DUPFD, 200));
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ours, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);

  StageProcess process = start("tell_world", "", {-1, -1, 2, write_end.get(), leak.get()});
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, pipe_before);
  write_end.reset();
  wait_for(process);
  std::array<char, 512> text{};
  const ssize_t got = ::read(read_end.get(), text.data(), text.size());
  ASSERT_GT(got, 0);
  EXPECT_EQ(
      std::string(text.data(), static_cast<std::size_t>(got)),
      fmt::format("0 1 2 3 4 | group true blocked 0 pipe_ignored false dies_with {} null /dev/null",
                  SIGKILL));
}

TEST(StageProcess, SourcesThatLieOnEachOthersPlacesArrive) {
  auto [read_end, write_end] = make_pipe();
  // 4 goes to 3 and 3 goes to 4, whatever lies there.
  const UniqueFd saved3(::fcntl(3, F_DUPFD_CLOEXEC, 50));
  const UniqueFd saved4(::fcntl(4, F_DUPFD_CLOEXEC, 50));
  const UniqueFd writer(::fcntl(write_end.get(), F_DUPFD_CLOEXEC, 60));
  const UniqueFd reader(::fcntl(read_end.get(), F_DUPFD_CLOEXEC, 60));
  ::dup3(writer.get(), 4, O_CLOEXEC);
  ::dup3(reader.get(), 3, O_CLOEXEC);
  StageProcess process = start("tell_world", "", {-1, -1, 2, 4, 3});
  wait_for(process);
  std::array<char, 512> text{};
  EXPECT_GT(::read(reader.get(), text.data(), text.size()), 0);
  for (const auto& [saved, fd] : {std::pair{saved3.get(), 3}, std::pair{saved4.get(), 4}}) {
    if (saved >= 0) {
      ::dup3(saved, fd, O_CLOEXEC);
    } else {
      ::close(fd);
    }
  }
  // Whichever of these numbers was 3 or 4 before is that again, and is closed by its owner.
}

TEST(StageProcess, NoDescriptorIsLeftBehind) {
  const std::size_t before = test::count_open_fds();
  for (int i = 0; i < 5; ++i) {
    StageProcess process = start("exit_with", "0");
    wait_for(process);
  }
  EXPECT_EQ(test::count_open_fds(), before);
}

}  // namespace
}  // namespace latham::supervisor
