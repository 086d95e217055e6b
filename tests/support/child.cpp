// SPDX-License-Identifier: MIT
#include "tests/support/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <utility>

#include "system/error.h"

namespace latham::test {
namespace {

constexpr std::string_view kChildFlag = "--child=";

std::map<std::string, ChildRole, std::less<>>& roles() {
  // In a function, for it is filled before main() from files in no certain order.
  static std::map<std::string, ChildRole, std::less<>> all;
  return all;
}

}  // namespace

bool register_child(std::string_view name, ChildRole role) {
  if (!roles().emplace(name, role).second) {
    fmt::print(stderr, "two child roles are named '{}'; rename one\n", name);
    std::abort();
  }
  return true;
}

std::optional<int> run_child_if_asked(int argc, char** argv) {
  if (argc < 2 || !std::string_view(argv[1]).starts_with(kChildFlag)) return std::nullopt;
  const std::string_view name = std::string_view(argv[1]).substr(kChildFlag.size());
  const auto role = roles().find(name);
  if (role == roles().end()) {
    fmt::print(stderr, "this program has no child role '{}'\n", name);
    return 2;
  }
  try {
    return role->second(ChildArgs(argv + 2, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "child '{}': {}\n", name, error.what());
    return 3;
  }
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), result_(std::exchange(other.result_, std::nullopt)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(result_, other.result_);
  return *this;
}

Child::~Child() {
  if (pid_ < 0 || result_) return;
  kill(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ChildExit Child::wait() {
  if (result_) return *result_;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw_errno(fmt::format("wait for child {}", pid_));
  }
  ChildExit end;
  end.exited = WIFEXITED(status);
  if (end.exited) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  result_ = end;
  return end;
}

void Child::kill(int signal) const noexcept {
  if (pid_ > 0 && !result_) ::kill(pid_, signal);
}

Child spawn_child_with(std::string_view name, ChildArgs args, const std::vector<int>& open_fds) {
  args.insert(args.begin(), {"latham-test", fmt::format("{}{}", kChildFlag, name)});
  std::vector<char*> argv;
  argv.reserve(args.size() + 1);
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw_errno(fmt::format("start child '{}'", name));
  if (pid == 0) {
    // Other threads' locks may be held here: system calls only.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);
    for (const int fd : open_fds) ::fcntl(fd, F_SETFD, 0);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  return Child(pid);
}

}  // namespace latham::test
