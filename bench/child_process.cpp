// SPDX-License-Identifier: MIT
#include "bench/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "system/error.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"
#include "system/unique_fd.h"

namespace latham::bench {
namespace {

/// In the child, between fork and exec: system calls only.
[[noreturn]] void become(char* const* argv, const Command& command, int null, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  ::dup2(command.in >= 0 ? command.in : null, 0);
  ::dup2(command.out >= 0 ? command.out : null, 1);
  if (command.err >= 0) ::dup2(command.err, 2);
  for (const int fd : command.keep) ::fcntl(fd, F_SETFD, 0);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

}  // namespace

double ChildEnd::cpu_seconds() const noexcept {
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::string ChildEnd::text() const {
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

ChildProcess::ChildProcess(const Command& command) {
  std::vector<char*> argv;
  for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw_errno("open /dev/null");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("start '" + command.argv.front() + "'");
  if (pid_ == 0) become(argv.data(), command, null.get(), parent);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill();
  (void)uninterrupted([this] { return ::waitpid(pid_, nullptr, 0); });
}

void ChildProcess::kill() noexcept {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

ChildEnd ChildProcess::wait() {
  ChildEnd end;
  if (uninterrupted([&] { return ::wait4(pid_, &end.status, 0, &end.usage); }) < 0)
    throw_errno(fmt::format("wait for process {}", pid_));
  pid_ = -1;
  return end;
}

bool ChildProcess::has_ended() const noexcept {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

std::string own_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t bytes = ::readlink("/proc/self/exe", path.data(), path.size());
  if (bytes < 0) throw_errno("find our own program");
  return {path.data(), static_cast<std::size_t>(bytes)};
}

std::string own_folder() {
  const std::string program = own_program();
  return program.substr(0, program.rfind('/'));
}

std::string output_of(std::vector<std::string> argv) {
  Pipe pipe = make_pipe();
  Command command;
  command.argv = std::move(argv);
  command.out = pipe.write.get();
  ChildProcess child(command);
  pipe.write.reset();
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t bytes =
        uninterrupted([&] { return ::read(pipe.read.get(), buffer.data(), buffer.size()); });
    if (bytes <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  if (const ChildEnd end = child.wait(); !end.is_done())
    throw std::runtime_error(fmt::format("'{}' ended with {}", command.argv.front(), end.text()));
  return text;
}

}  // namespace latham::bench
