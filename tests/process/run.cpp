// SPDX-License-Identifier: MIT
#include "tests/process/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <thread>

#include "system/error.h"

namespace latham::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Nothing here takes this long but what hangs; CTest's own watchdog is behind it.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kLookAgain{2};

std::string contents(const UniqueFd& fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::pread(fd.get(), buffer, sizeof(buffer), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// All of a file, or "" where there is none (any more). No stream, which throws where a process dies while
/// it is read of.
std::string contents(const std::string& path) {
  return contents(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

UniqueFd memory_file(const char* name) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd) throw_errno("make a file in memory");
  return fd;
}

/// Dead but not reaped, or gone. While one of its threads is still dying, so is what they all hold.
bool is_zombie(pid_t pid) {
  const std::string stat = contents(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return true;
  const Words fields = words(stat.substr(name_end + 1));  // of proc(5), from the third on
  return fields.at(0) == "Z" && std::stoi(fields.at(17)) <= 1;
}

std::string new_mark() {
  static int count = 0;
  return fmt::format("LATHAM_TEST_RUN={}.{}", ::getpid(), ++count);
}

}  // namespace

Words words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Program::Program(const Words& argv, const Words& settings)
    : mark_(new_mark()), out_(memory_file("out")), err_(memory_file("err")) {
  std::vector<char*> arguments;
  for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  for (const std::string& setting : settings)
    environment.push_back(const_cast<char*>(setting.c_str()));
  environment.push_back(mark_.data());
  environment.push_back(nullptr);
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));

  pid_ = ::fork();
  if (pid_ < 0) throw_errno("start '" + argv.front() + "'");
  if (pid_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(out_.get(), STDOUT_FILENO);
    ::dup2(err_.get(), STDERR_FILENO);
    ::execvpe(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  ::setpgid(pid_, pid_);  // whoever is first: a signal to the group may follow at once
}

Program::~Program() {
  kill_family();
  if (!ended_) ::waitpid(pid_, nullptr, 0);
}

void Program::kill_family() const {
  for (const pid_t pid : family()) ::kill(pid, SIGKILL);
}

bool Program::is_running() {
  if (ended_) return false;
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return true;
  ended_.emplace();
  if (WIFEXITED(status)) ended_->code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended_->signal = WTERMSIG(status);
  ended_->out = contents(out_);
  ended_->err = contents(err_);
  return false;
}

Ended Program::wait() {
  const auto give_up = Clock::now() + kPatience;
  bool hung = false;
  while (is_running()) {
    if (!hung && Clock::now() > give_up) {
      hung = true;
      kill_family();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  ended_->hung = ended_->hung || hung;
  return *ended_;
}

std::string Program::err() const {
  return contents(err_);
}

std::vector<pid_t> Program::family() const {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    // Variables are ended by zeros, so that mark 1.1 is not found in 1.12.
    const std::string environment = contents(entry.path().string() + "/environ");
    // Who is dying has given its memory back, its environment with it, and may still hold files.
    const bool is_ours = environment.empty() ? known_.count(pid) != 0
                                             : environment.find(mark_ + '\0') != std::string::npos;
    if (is_ours && !is_zombie(pid)) found.push_back(pid);
  }
  known_.insert(found.begin(), found.end());
  return found;
}

std::optional<pid_t> Program::stage(std::string_view name) const {
  for (const pid_t pid : family()) {
    if (contents(fmt::format("/proc/{}/comm", pid)) == fmt::format("latham-{}\n", name)) return pid;
  }
  return std::nullopt;
}

bool Program::until(const std::function<bool()>& condition) {
  const auto give_up = Clock::now() + kPatience;
  while (!condition()) {
    if (!is_running() || Clock::now() > give_up) return condition();
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

bool Program::until_alone() {
  const auto give_up = Clock::now() + kPatience;
  while (!family().empty()) {
    if (Clock::now() > give_up) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

Ended run(const Words& argv) {
  return Program(argv).wait();
}

std::string test_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path().string();
}

std::string latham_program() {
  return fs::path(test_folder()).parent_path() / "latham";
}

Words transcode(const Words& args) {
  return Words{latham_program(), "transcode"} + args;
}

}  // namespace latham::test
