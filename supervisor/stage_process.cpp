// SPDX-License-Identifier: MIT
#include "supervisor/stage_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <utility>

#include "system/error.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// Above every number that a stage may be given.
constexpr int kAside = 32;

/// Everything the child needs, ready made: between fork and exec nothing may allocate or lock.
struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* environment;
  int* fds;  ///< Rewritten by the child in its own copy.
  int count;
  int null;
  int report;  ///< errno goes here if exec does not happen; closed by exec if it does.
  pid_t parent;
};

/// Without close_range (Linux before 5.9, or a sandbox that does not know it).
void close_one_by_one(int from) noexcept {
  const long limit = ::sysconf(_SC_OPEN_MAX);
  const int last = limit > 0 && limit < 65536 ? static_cast<int>(limit) : 65536;
  for (int fd = from; fd < last; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// Puts the listed descriptors at 0, 1, ... and marks everything else to be closed by exec.
bool arrange_descriptors(ChildPlan& plan) noexcept {
  // All aside first: a source may lie where another one has to go.
  for (int i = 0; i < plan.count; ++i) {
    const int source = plan.fds[i] < 0 ? plan.null : plan.fds[i];
    plan.fds[i] = ::fcntl(source, F_DUPFD_CLOEXEC, kAside);
    if (plan.fds[i] < 0) return false;
  }
  const int report = ::fcntl(plan.report, F_DUPFD_CLOEXEC, kAside);
  if (report < 0) return false;
  plan.report = report;
  for (int i = 0; i < plan.count; ++i) {
    if (uninterrupted([&] { return ::dup2(plan.fds[i], i); }) < 0) return false;
  }
  const auto from = static_cast<unsigned>(plan.count);
  if (::syscall(SYS_close_range, from, ~0U, CLOSE_RANGE_CLOEXEC) != 0) close_one_by_one(plan.count);
  return true;
}

void reset_signals() noexcept {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  // A stage is a background group of the terminal; with `stty tostop` a line on its stderr would
  // stop it, and the job with it.
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGTTOU, &ignored, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// As exec wants them; valid as long as the texts are.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void run_child(ChildPlan& plan) noexcept {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The supervisor may have died before the line above took effect.
  if (::getppid() != plan.parent) ::_exit(127);
  reset_signals();
  if (arrange_descriptors(plan)) ::execve(plan.program, plan.argv, plan.environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(plan.report, &error, sizeof(error));
  ::_exit(127);
}

}  // namespace

StageProcess::StageProcess(const Launch& launch) {
  Pipe report = make_pipe();
  const UniqueFd null(uninterrupted([] { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }));
  if (!null) throw_errno("open '/dev/null'");

  const std::vector<char*> argv = pointers(launch.argv);
  const std::vector<char*> environment = pointers(launch.environment);
  std::vector<int> fds(launch.fds.begin(), launch.fds.end());
  ChildPlan plan{launch.program.c_str(),       argv.data(), environment.data(), fds.data(),
                 static_cast<int>(fds.size()), null.get(),  report.write.get(), ::getpid()};

  pid_ = ::fork();
  if (pid_ < 0) throw_errno(fmt::format("start '{}'", launch.program));
  if (pid_ == 0) run_child(plan);

  report.write.reset();
  int error = 0;
  const ssize_t got =
      uninterrupted([&] { return ::read(report.read.get(), &error, sizeof(error)); });
  if (got == static_cast<ssize_t>(sizeof(error))) {
    collect(0);
    end_ = StageEnd{StageEnd::Kind::not_started, error, 0};
    return;
  }

  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int reason = errno;
    give_up();
    errno = reason;
    throw_errno(fmt::format("watch '{}' (needs Linux 5.3 or later)", launch.program));
  }
}

StageProcess::StageProcess(StageProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      killed_(other.killed_),
      end_(other.end_) {}

StageProcess& StageProcess::operator=(StageProcess&& other) noexcept {
  if (this != &other) {
    give_up();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    killed_ = other.killed_;
    end_ = other.end_;
  }
  return *this;
}

StageProcess::~StageProcess() {
  give_up();
}

void StageProcess::give_up() noexcept {
  if (pid_ < 0 || end_) return;
  kill();
  // A process that hangs inside the kernel (a dead network disk) dies when it comes out; we do not
  // wait for that, init reaps it.
  pollfd death{pidfd_.get(), POLLIN, 0};
  if (pidfd_) ::poll(&death, 1, 1000);
  collect(pidfd_ ? WNOHANG : 0);
}

void StageProcess::kill() noexcept {
  // The number cannot be another process's: we have not reaped ours.
  if (pid_ < 0 || end_) return;
  killed_ = true;
  ::kill(pid_, SIGKILL);
}

bool StageProcess::reap() noexcept {
  if (pid_ >= 0 && !end_) collect(WNOHANG);
  return end_.has_value();
}

void StageProcess::collect(int flags) noexcept {
  siginfo_t info{};
  const int result = uninterrupted(
      [&] { return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | flags); });
  if (result == 0 && info.si_pid == 0) return;  // still alive
  if (result != 0) {
    // Somebody else reaped it (SIGCHLD ignored by whoever started us): its end is all we know.
    end_ = StageEnd{StageEnd::Kind::exited, 255, 0};
  } else if (info.si_code == CLD_EXITED) {
    end_ = StageEnd{StageEnd::Kind::exited, info.si_status, 0};
  } else if (killed_ && info.si_status == SIGKILL) {
    end_ = StageEnd{StageEnd::Kind::killed_by_us, 0, SIGKILL};
  } else {
    end_ = StageEnd{StageEnd::Kind::signalled, 0, info.si_status};
  }
}

std::string program_folder() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw std::system_error(error, "read '/proc/self/exe' (is /proc mounted?)");
  return self.parent_path().string();
}

}  // namespace latham::supervisor
