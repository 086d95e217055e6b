// SPDX-License-Identifier: MIT
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "system/unique_fd.h"
#include "tests/support/child.h"
#include "tests/support/old_kernel.h"
#include "tests/unit/sandbox/attempts.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

sandbox::Access access_from(const std::string& word) {
  sandbox::Access access;
  access.read_files = word == "read" || word == "write";
  access.write_files = word == "write";
  access.network = word == "network";
  access.local_sockets = word == "local";
  access.devices = word == "devices";
  return access;
}

constexpr int kNewest = 1000;  ///< Landlock as this kernel has it.

/// attempt LANDLOCK PROFILE WHAT FILE SIBLING DESCRIPTORS...: "free" is without a sandbox.
LATHAM_CHILD(attempt) {
  const Targets on{args.at(3), std::stoi(args.at(4)), std::stoi(args.at(5)), std::stoi(args.at(6)),
                   std::stoi(args.at(7))};
  (void)::setsid();  // as the user's shell has the terminal
  (void)::ioctl(on.terminal, TIOCSCTTY, 0);
  if (const int landlock = std::stoi(args.at(0)); landlock < kNewest) pretend_landlock(landlock);
  if (args.at(1) != "free")
    sandbox::enter(access_from(args.at(1)), [](int, const char*) { ::_exit(kEnded); });
  return attempts().at(args.at(2))(on) ? kDone : kRefused;
}

/// Of no more power than who touches it, or the kernel keeps root's away in our stead.
LATHAM_CHILD(wait_to_be_touched) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return 1;
  (void)::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0,
                0);  // where the system would forbid it to all
  for (;;) ::pause();
}

LATHAM_CHILD(abort_inside) {
  sandbox::enter({}, [](int, const char*) { ::_exit(kEnded); });
  std::abort();
}

LATHAM_CHILD(exit_from_thread) {
  sandbox::enter({}, [](int, const char*) { ::_exit(kEnded); });
  int code = 1;
  std::thread([&] { code = 7; }).join();
  return code;
}

bool has_sandbox() {
  return sandbox::support().front().there;
}

/// What the attempts are made on.
class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_sandbox()) GTEST_SKIP() << sandbox::support().front().remark;
    ASSERT_EQ(::grantpt(master_.get()), 0);
    ASSERT_EQ(::unlockpt(master_.get()), 0);
    terminal_.reset(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(terminal_);
  }

  int attempt(const std::string& profile, const std::string& what, int landlock = kNewest) {
    return spawn_child("attempt", landlock, profile, what, file_, sibling_.pid(),
                       keep_open(memory_.get()), keep_open(socket_.get()),
                       keep_open(terminal_.get()))
        .wait()
        .code;
  }
  void expect_refused(const std::string& profile, const std::string& what, int landlock = kNewest) {
    const int code = attempt(profile, what, landlock);
    EXPECT_TRUE(code == kRefused || code == kEnded)
        << profile << ": " << what << ", Landlock " << landlock << ": exit code " << code;
  }
  void expect_done(const std::string& profile, const std::string& what) {
    EXPECT_EQ(attempt(profile, what), kDone) << profile << ": " << what;
  }

  TempDir dir_;
  std::string file_ = dir_.write("secret", "of the user's");
  UniqueFd memory_ = [] {
    UniqueFd fd(::memfd_create("pool", MFD_CLOEXEC));
    if (::ftruncate(fd.get(), 4096) != 0) fd.reset();
    return fd;
  }();
  UniqueFd socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  UniqueFd master_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  UniqueFd terminal_;
  Child sibling_ = spawn_child("wait_to_be_touched");
};

class SandboxRefuses : public Sandbox, public ::testing::WithParamInterface<std::string> {};

TEST_P(SandboxRefuses, WhatWorksWithoutIt) {
  // First inside, since outside it may end the sibling.
  expect_refused("none", GetParam());
  if (GetParam() == "rename_machine" && ::geteuid() != 0) return;
  expect_done("free", GetParam());
}

std::vector<std::string> all_attempts() {
  std::vector<std::string> names;
  for (const auto& [name, attempt] : attempts())
    if (name != "look_up") names.push_back(name);  // may lie in a file that is open to all
  return names;
}

INSTANTIATE_TEST_SUITE_P(Stage, SandboxRefuses, ::testing::ValuesIn(all_attempts()),
                         [](const auto& test) { return test.param; });

TEST_F(Sandbox, EachNeedOpensItsDoorOnly) {
  expect_done("read", "open");
  expect_done("write", "write");
  expect_done("write", "create");
  expect_done("network", "connect");
  expect_done("network", "look_up");
  expect_done("local", "connect_local");
  for (const char* what : {"write", "connect", "connect_local"}) expect_refused("read", what);
  for (const char* what : {"connect", "connect_local", "send_local"}) expect_refused("write", what);
  for (const char* what : {"open", "create", "connect_local", "send_local", "netlink"})
    expect_refused("network", what);
  for (const char* what : {"open", "create", "connect", "send_local", "netlink"})
    expect_refused("local", what);
}

TEST_F(Sandbox, NobodyMayTouchOtherProcesses) {
  for (const char* profile : {"read", "write", "network", "local", "devices"})
    for (const std::string& what : attempts_on_others()) expect_refused(profile, what);
  for (const char* profile : {"read", "write", "network", "local", "devices"})
    expect_refused(profile, "write_memory");
}

/// Scopes of signals came with Landlock 6, as of Linux 6.12; Debian 12 has version 2.
TEST_F(Sandbox, NobodyMayTouchThemOnOldKernelsEither) {
  for (const int landlock : {0, 2, 5})
    for (const char* profile : {"none", "read", "write", "network", "devices"})
      for (const std::string& what : attempts_on_others()) expect_refused(profile, what, landlock);
}

TEST_F(Sandbox, RootKeepsNoPowerOverTheMachineWithDevices) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has any";
  expect_refused("devices", "rename_machine");
  expect_done("devices", "open");
}

TEST_F(Sandbox, ThreadsAndAbortStillWork) {
  EXPECT_EQ(spawn_child("exit_from_thread").wait().code, 7);
  EXPECT_EQ(spawn_child("abort_inside").wait().signal, SIGABRT);
}

TEST_F(Sandbox, SystemsLibrariesCanBeLoadedLater) {
  if (sandbox::can_load_from("/tmp")) GTEST_SKIP() << "nothing keeps a process from its files";
  EXPECT_FALSE(sandbox::can_load_from("/"));
  EXPECT_FALSE(sandbox::can_load_from("/usr/libexec"));
  EXPECT_FALSE(sandbox::can_load_from(""));
  EXPECT_EQ(sandbox::can_load_from("/usr/lib/../lib"), sandbox::can_load_from("/usr/lib"));
}

}  // namespace
}  // namespace latham::test
