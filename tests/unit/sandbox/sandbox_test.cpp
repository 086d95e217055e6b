// SPDX-License-Identifier: MIT
#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "system/unique_fd.h"
#include "tests/support/child.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// How a child tells what became of its attempt.
constexpr int kDone = 0;
constexpr int kRefused = 43;  ///< With an error code.
constexpr int kEnded = 42;    ///< The sandbox ended the process.

bool opens(const std::string& path, int flags) {
  return static_cast<bool>(UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600)));
}

bool connects(const std::string& /*unused*/) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!socket) return false;
  sockaddr_un address{AF_UNIX, "/nonexistent"};
  (void)::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  return errno == ENOENT;  // it was allowed to try
}

bool runs_program(const std::string& /*unused*/) {
  // Comes back only where it was refused.
  return ::execl("/bin/true", "true", nullptr) == 0;
}

bool forks(const std::string& /*unused*/) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  return pid > 0;
}

bool traces(const std::string& sibling) {
  return ::ptrace(PTRACE_SEIZE, std::stoi(sibling), nullptr, nullptr) == 0;
}

bool reads_memory(const std::string& /*unused*/) {
  char to = 0;
  char from = 1;
  iovec here{&to, 1};
  iovec there{&from, 1};
  // Its own, which would do for a proof: the call is not there.
  return ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) == 1;
}

bool kills(const std::string& pid) {
  return ::kill(std::stoi(pid), SIGTERM) == 0;
}

bool kills_thread(const std::string& pid) {
  return ::syscall(SYS_tgkill, std::stoi(pid), std::stoi(pid), SIGTERM) == 0;
}

bool reopens_for_writing(const std::string& fd) {
  const UniqueFd again(::open(("/proc/self/fd/" + fd).c_str(), O_RDWR | O_CLOEXEC));
  return static_cast<bool>(again) &&
         ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) != MAP_FAILED;
}

bool maps(int flags) {
  // More than the machine has, which costs nothing until it is touched.
  return ::mmap(nullptr, std::size_t{1} << 44, PROT_READ | PROT_WRITE,
                flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

bool opens_many(const std::string& /*unused*/) {
  for (int i = 0; i < 200; ++i)
    if (::dup(0) < 0) return false;
  return true;
}

bool raises_limit(const std::string& /*unused*/) {
  // To what it is: the call is what matters.
  rlimit core{};
  return ::getrlimit(RLIMIT_CORE, &core) == 0 && ::setrlimit(RLIMIT_CORE, &core) == 0;
}

bool makes_namespace(const std::string& /*unused*/) {
  return ::unshare(CLONE_FILES) == 0;
}

const std::map<std::string, std::function<bool(const std::string&)>> kAttempts = {
    {"open", [](const auto& path) { return opens(path, O_RDONLY); }},
    {"write", [](const auto& path) { return opens(path, O_WRONLY); }},
    {"create", [](const auto& path) { return opens(path + ".new", O_RDWR | O_CREAT); }},
    {"connect", connects},
    {"exec", runs_program},
    {"fork", forks},
    {"ptrace", traces},
    {"read_memory", reads_memory},
    {"kill", kills},
    {"kill_thread", kills_thread},
    {"reopen", reopens_for_writing},
    {"map", [](const auto&) { return maps(MAP_PRIVATE); }},
    {"map_shared", [](const auto&) { return maps(MAP_SHARED); }},
    {"many", opens_many},
    {"raise_limit", raises_limit},
    {"unshare", makes_namespace},
    {"memory_file", [](const auto&) { return ::memfd_create("mine", MFD_CLOEXEC) >= 0; }},
};

sandbox::Access access_from(const std::string& word) {
  sandbox::Access access;
  access.read_files = word == "read" || word == "write";
  access.write_files = word == "write";
  access.network = word == "network";
  access.devices = word == "devices";
  return access;
}

/// attempt PROFILE WHAT WITH: "free" is without a sandbox.
LATHAM_CHILD(attempt) {
  if (args.at(0) != "free")
    sandbox::enter(access_from(args.at(0)), [](int, const char*) { ::_exit(kEnded); });
  return kAttempts.at(args.at(1))(args.at(2)) ? kDone : kRefused;
}

LATHAM_CHILD(wait_to_be_touched) {
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
  }

  [[nodiscard]] std::string target(const std::string& what) const {
    if (what == "open" || what == "write" || what == "create") return file_;
    if (what == "reopen") return std::to_string(memory_.get());
    return std::to_string(sibling_.pid());
  }
  int attempt(const std::string& profile, const std::string& what) {
    const std::string with = target(what);
    return spawn_child("attempt", profile, what, with, keep_open(memory_.get())).wait().code;
  }

  TempDir dir_;
  std::string file_ = dir_.write("secret", "of the user's");
  UniqueFd memory_ = [] {
    UniqueFd fd(::memfd_create("pool", MFD_CLOEXEC));
    if (::ftruncate(fd.get(), 4096) != 0) fd.reset();
    return fd;
  }();
  Child sibling_ = spawn_child("wait_to_be_touched");
};

class SandboxRefuses : public Sandbox, public ::testing::WithParamInterface<const char*> {};

TEST_P(SandboxRefuses, WhatWorksWithoutIt) {
  // First inside, since outside it may end the sibling.
  const int inside = attempt("none", GetParam());
  EXPECT_TRUE(inside == kRefused || inside == kEnded) << "exit code " << inside;
  EXPECT_EQ(attempt("free", GetParam()), kDone) << "the attempt itself does not work";
}

INSTANTIATE_TEST_SUITE_P(Stage, SandboxRefuses,
                         ::testing::Values("open", "write", "create", "connect", "exec", "fork",
                                           "ptrace", "read_memory", "kill", "kill_thread", "reopen",
                                           "map", "map_shared", "many", "raise_limit", "unshare",
                                           "memory_file"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(Sandbox, EachNeedOpensItsDoorOnly) {
  EXPECT_EQ(attempt("read", "open"), kDone);
  EXPECT_EQ(attempt("write", "write"), kDone);
  EXPECT_EQ(attempt("write", "create"), kDone);
  EXPECT_EQ(attempt("network", "connect"), kDone);
  EXPECT_NE(attempt("read", "write"), kDone);
  EXPECT_NE(attempt("read", "connect"), kDone);
  EXPECT_NE(attempt("write", "connect"), kDone);
  EXPECT_NE(attempt("network", "open"), kDone);
  EXPECT_NE(attempt("network", "create"), kDone);
}

TEST_F(Sandbox, NobodyMayTouchOtherProcesses) {
  for (const char* profile : {"read", "write", "network", "devices"})
    for (const char* what : {"exec", "ptrace", "read_memory", "kill"})
      EXPECT_NE(attempt(profile, what), kDone) << profile << ": " << what;
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
