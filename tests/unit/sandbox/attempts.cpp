// SPDX-License-Identifier: MIT
#include "tests/unit/sandbox/attempts.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "system/unique_fd.h"

namespace latham::test {
namespace {

// ---- files, memory, descriptors

bool opens(const std::string& path, int flags) {
  return static_cast<bool>(UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600)));
}

bool reopens_for_writing(const Targets& on) {
  const UniqueFd again(
      ::open(fmt::format("/proc/self/fd/{}", on.memory).c_str(), O_RDWR | O_CLOEXEC));
  return static_cast<bool>(again) &&
         ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again.get(), 0) != MAP_FAILED;
}

bool maps(int flags) {
  // More than the machine has, which costs nothing until it is touched.
  return ::mmap(nullptr, std::size_t{1} << 44, PROT_READ | PROT_WRITE,
                flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

bool opens_many(const Targets& /*on*/) {
  for (int i = 0; i < 200; ++i)
    if (::dup(0) < 0) return false;
  return true;
}

bool raises_limit(const Targets& /*on*/) {
  // To what it is: the call is what matters.
  rlimit core{};
  return ::getrlimit(RLIMIT_CORE, &core) == 0 && ::setrlimit(RLIMIT_CORE, &core) == 0;
}

// ---- sockets

bool connects(const Targets& /*on*/) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  if (!socket) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(1);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  return errno == ECONNREFUSED;  // it was allowed to try
}

constexpr sockaddr_un kNobody{AF_UNIX, "/nonexistent"};

bool connects_locally(const Targets& /*on*/) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!socket) return false;
  (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&kNobody), sizeof(kNobody));
  return errno == ENOENT;
}

bool sends_locally(const Targets& /*on*/) {
  std::array<int, 2> pair{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()) != 0) return false;
  (void)::sendto(pair[0], "x", 1, 0, reinterpret_cast<const sockaddr*>(&kNobody), sizeof(kNobody));
  return errno == ENOENT;
}

bool hears_the_kernel(const Targets& /*on*/) {
  return ::socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT) >= 0;
}

bool looks_up_a_name(const Targets& /*on*/) {
  addrinfo* found = nullptr;
  const bool done = ::getaddrinfo("localhost", "80", nullptr, &found) == 0;
  if (done) ::freeaddrinfo(found);
  return done;
}

// ---- other programs and processes

bool runs_program(const Targets& /*on*/) {
  // Comes back only where it was refused.
  return ::execl("/bin/true", "true", nullptr) == 0;
}

bool is_child(std::int64_t pid) {
  if (pid == 0) ::_exit(0);
  return pid > 0;
}

bool spawns(const Targets& /*on*/) {
  pid_t pid = -1;
  std::array<char*, 2> argv{const_cast<char*>("true"), nullptr};
  return ::posix_spawn(&pid, "/bin/true", nullptr, nullptr, argv.data(), environ) == 0;
}

bool clones(const Targets& /*on*/) {
  clone_args how{};
  how.exit_signal = SIGCHLD;
  return is_child(::syscall(SYS_clone3, &how, sizeof(how)));
}

bool reads_memory(const Targets& /*on*/) {
  char to = 0;
  char from = 1;
  iovec here{&to, 1};
  iovec there{&from, 1};
  // Its own, which would do for a proof: the call is not there.
  return ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) == 1;
}

bool makes_namespace(const Targets& /*on*/) {
  return ::unshare(CLONE_FILES) == 0;
}

/// Names another process as the one that is told of input, by a signal of our choice.
bool signals_by_owner(const Targets& on) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe(ends.data()) != 0) return false;
  return ::fcntl(ends[0], F_SETOWN, on.sibling) == 0 ||
         ::syscall(SYS_fcntl, ends[0], F_SETOWN | (std::int64_t{1} << 32), on.sibling) == 0;
}

bool signals_by_owner_ex(const Targets& on) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe(ends.data()) != 0) return false;
  const f_owner_ex owner{F_OWNER_PID, on.sibling};
  return ::fcntl(ends[0], F_SETOWN_EX, &owner) == 0;
}

bool chooses_signal(const Targets& on) {
  return ::fcntl(on.socket, F_SETSIG, SIGKILL) == 0;
}

bool signals_by_flag(const Targets& on) {
  return ::fcntl(on.socket, F_SETFL, O_ASYNC | O_RDWR) == 0;
}

bool controls(int fd, unsigned long request, int value) {
  return ::ioctl(fd, request, &value) == 0 ||
         ::syscall(SYS_ioctl, fd, request | (1UL << 32), &value) == 0;
}

// ---- how others run

bool renices_group(const Targets& /*on*/) {
  // To what it is: other tests run in it.
  return ::setpriority(PRIO_PGRP, 0, ::getpriority(PRIO_PGRP, 0)) == 0;
}

bool pins(const Targets& on) {
  cpu_set_t all;
  return ::sched_getaffinity(0, sizeof(all), &all) == 0 &&
         ::sched_setaffinity(on.sibling, sizeof(all), &all) == 0;
}

bool schedules(const Targets& on) {
  const sched_param none{};
  return ::sched_setscheduler(on.sibling, SCHED_BATCH, &none) == 0;
}

bool schedules_by_attributes(const Targets& on) {
  struct Attributes {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_BATCH;
    std::array<std::uint64_t, 5> rest{};
  } attributes;
  return ::syscall(SYS_sched_setattr, on.sibling, &attributes, 0) == 0;
}

bool limits(const Targets& on) {
  const rlimit none{};
  return ::prlimit(on.sibling, RLIMIT_CORE, &none, nullptr) == 0;
}

bool sets_io_priority(const Targets& on) {
  constexpr int kProcess = 1;
  constexpr int kBestEffortLast = (2 << 13) | 7;
  return ::syscall(SYS_ioprio_set, kProcess, on.sibling, kBestEffortLast) == 0;
}

bool compares(const Targets& on) {
  constexpr int kFile = 0;
  return ::syscall(SYS_kcmp, on.sibling, on.sibling, kFile, 0, 0) == 0;
}

bool advises(const Targets& /*on*/) {
  return ::syscall(SYS_process_madvise, -1, nullptr, 0, MADV_COLD, 0) != 0 && errno == EBADF;
}

bool reads_robust_list(const Targets& on) {
  void* head = nullptr;
  std::size_t size = 0;
  return ::syscall(SYS_get_robust_list, on.sibling, &head, &size) == 0;
}

}  // namespace

const std::map<std::string, Attempt>& attempts() {
  static const std::map<std::string, Attempt> all = {
      {"open", [](const Targets& on) { return opens(on.file, O_RDONLY); }},
      {"write", [](const Targets& on) { return opens(on.file, O_WRONLY); }},
      {"create", [](const Targets& on) { return opens(on.file + ".new", O_RDWR | O_CREAT); }},
      {"reopen", reopens_for_writing},
      {"map", [](const Targets&) { return maps(MAP_PRIVATE); }},
      {"map_shared", [](const Targets&) { return maps(MAP_SHARED); }},
      {"memory_file", [](const Targets&) { return ::memfd_create("mine", MFD_CLOEXEC) >= 0; }},
      {"many", opens_many},
      {"raise_limit", raises_limit},
      {"connect", connects},
      {"connect_local", connects_locally},
      {"send_local", sends_locally},
      {"netlink", hears_the_kernel},
      {"look_up", looks_up_a_name},
      {"exec", runs_program},
      {"fork", [](const Targets&) { return is_child(::fork()); }},
      {"old_fork", [](const Targets&) { return is_child(::syscall(SYS_fork)); }},
      {"spawn", spawns},
      {"clone3", clones},
      {"ptrace",
       [](const Targets& on) { return ::ptrace(PTRACE_SEIZE, on.sibling, nullptr, nullptr) == 0; }},
      {"read_memory", reads_memory},
      {"write_memory",
       [](const Targets& on) { return opens(fmt::format("/proc/{}/mem", on.sibling), O_RDWR); }},
      {"unshare", makes_namespace},
      {"kill", [](const Targets& on) { return ::kill(on.sibling, SIGTERM) == 0; }},
      {"kill_thread",
       [](const Targets& on) {
         return ::syscall(SYS_tgkill, on.sibling, on.sibling, SIGTERM) == 0;
       }},
      {"pidfd", [](const Targets& on) { return ::syscall(SYS_pidfd_open, on.sibling, 0) >= 0; }},
      {"set_owner", signals_by_owner},
      {"set_owner_ex", signals_by_owner_ex},
      {"set_signal", chooses_signal},
      {"set_async", signals_by_flag},
      {"ioctl_owner", [](const Targets& on) { return controls(on.socket, FIOSETOWN, on.sibling); }},
      {"ioctl_group", [](const Targets& on) { return controls(on.socket, SIOCSPGRP, on.sibling); }},
      {"ioctl_async", [](const Targets& on) { return controls(on.socket, FIOASYNC, 1); }},
      {"type", [](const Targets& on) { return controls(on.terminal, TIOCSTI, 'x'); }},
      {"foreground",
       [](const Targets& on) { return controls(on.terminal, TIOCSPGRP, ::getpgrp()); }},
      {"renice",
       [](const Targets& on) { return ::setpriority(PRIO_PROCESS, id_t(on.sibling), 1) == 0; }},
      {"renice_group", renices_group},
      {"pin", pins},
      {"schedule", schedules},
      {"schedule_attributes", schedules_by_attributes},
      {"limit", limits},
      {"io_priority", sets_io_priority},
      {"compare", compares},
      {"advise", advises},
      {"robust_list", reads_robust_list},
      {"rename_machine",
       [](const Targets&) {
         std::array<char, 256> name{};  // to what it is
         return ::gethostname(name.data(), name.size()) == 0 &&
                ::sethostname(name.data(), ::strnlen(name.data(), name.size())) == 0;
       }},
  };
  return all;
}

const std::vector<std::string>& attempts_on_others() {
  static const std::vector<std::string> all = {
      "exec",        "fork",      "old_fork",    "spawn",        "clone3",
      "ptrace",      "unshare",   "read_memory", "kill",         "kill_thread",
      "pidfd",       "set_owner", "set_signal",  "set_owner_ex", "set_async",
      "ioctl_owner", "type",      "ioctl_group", "ioctl_async",  "foreground",
      "renice",      "pin",       "schedule",    "renice_group", "schedule_attributes",
      "limit",       "compare",   "advise",      "io_priority"};
  return all;
}

}  // namespace latham::test
