// SPDX-License-Identifier: MIT
#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>

#include "sandbox/landlock.h"

namespace latham::sandbox {
namespace {

/// What every stage does: computes, sleeps, maps, talks over descriptors that it has. From traces of all
/// decoders and encoders that the tests use; libraries of other versions may need one more.
constexpr std::array kAlways = {
    // memory
    "brk", "munmap", "mremap", "mprotect", "madvise", "mlock", "munlock", "mincore",
    "get_mempolicy", "set_mempolicy", "mbind", "fadvise64",
    // threads and time
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "membarrier", "exit",
    "exit_group", "gettid", "getpid", "getppid", "sched_yield", "sched_getaffinity",
    "sched_setaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "getpriority", "getcpu", "set_tid_address", "arch_prctl",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "times", "getrusage", "restart_syscall", "getrandom", "uname", "sysinfo", "getrlimit",
    // signals to itself
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigsuspend", "sigaltstack", "pause",
    // descriptors that it has
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
    "pwritev2", "lseek", "close", "close_range", "fstat", "fstatfs", "fcntl", "dup", "dup2", "dup3",
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "eventfd", "eventfd2", "pipe", "pipe2", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "recvmsg", "sendmsg", "recvfrom", "sendto", "shutdown",
    "fsync", "fdatasync", "sync_file_range", "splice", "tee", "copy_file_range", "getdents64",
    // names: says whether a file is there, and nothing of what is in it
    "newfstatat", "stat", "lstat", "statx", "statfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getcwd", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups"};

constexpr std::array kWriteFiles = {
    "mkdir", "mkdirat", "unlink", "unlinkat",  "rename",    "renameat", "renameat2", "rmdir",
    "umask", "chmod",   "fchmod", "fchmodat",  "utime",     "utimes",   "utimensat", "futimesat",
    "link",  "linkat",  "flock",  "symlinkat", "ftruncate", "truncate", "open",      "creat"};

constexpr std::array kNetwork = {
    "socket",      "connect",    "bind",       "listen",   "accept",   "accept4",    "getsockname",
    "getpeername", "setsockopt", "getsockopt", "sendmmsg", "recvmmsg", "socketpair", "ioctl"};

/// Tried by libraries that do well without: these fail where they are not allowed, and nobody need hear
/// of it. So do those that are allowed with some arguments only.
constexpr std::array kRefused = {
    "mmap",  "clone",     "tgkill",    "setpriority", "prlimit64",      "prctl",
    "ioctl", "openat",    "open",      "creat",       "socket",         "memfd_create",
    "mkdir", "unlink",    "rename",    "umask",       "kcmp",           "sched_setscheduler",
    "chmod", "ftruncate", "fallocate", "setrlimit",   "sched_setparam", "sched_setattr"};
/// Numbers behind a pointer, which a filter cannot look at: libraries then take the older call.
constexpr std::array kUnknown = {"clone3", "openat2", "io_uring_setup"};

/// Never, whatever a stage needs.
constexpr std::array kForbidden = {"execve",
                                   "execveat",
                                   "fork",
                                   "vfork",
                                   "ptrace",
                                   "process_vm_readv",
                                   "process_vm_writev",
                                   "process_madvise",
                                   "kill",
                                   "tkill",
                                   "pidfd_open",
                                   "pidfd_getfd",
                                   "pidfd_send_signal",
                                   "rt_sigqueueinfo",
                                   "rt_tgsigqueueinfo",
                                   "unshare",
                                   "setns",
                                   "mount",
                                   "umount2",
                                   "move_mount",
                                   "pivot_root",
                                   "chroot",
                                   "bpf",
                                   "perf_event_open",
                                   "userfaultfd",
                                   "add_key",
                                   "request_key",
                                   "keyctl",
                                   "kexec_load",
                                   "kexec_file_load",
                                   "init_module",
                                   "finit_module",
                                   "delete_module",
                                   "reboot",
                                   "swapon",
                                   "swapoff",
                                   "acct",
                                   "settimeofday",
                                   "clock_settime",
                                   "open_by_handle_at",
                                   "io_uring_setup",
                                   "personality",
                                   "syslog",
                                   "iopl",
                                   "ioperm"};

struct FreeContext {
  void operator()(void* context) const noexcept { seccomp_release(context); }
};
using Context = std::unique_ptr<void, FreeContext>;

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

/// A rule for a call by name; a name that this libseccomp or architecture does not know is no rule.
class Rules {
 public:
  explicit Rules(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    if (!context_) throw std::bad_alloc();
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1),
          "sandbox: filter all threads");
    // Done already, and the second filter comes when the first one refuses it.
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0), "sandbox: filter as we are");
    // The kernel's answer to speculation between filtered processes costs speed and guards nothing here;
    // attributes that an old libseccomp does not know are only about speed.
    (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_SSB, 1);
    (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }

  template <class... Compare>
  void add(std::uint32_t action, const char* name, Compare... compare) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;
    check(seccomp_rule_add(context_.get(), action, number, sizeof...(compare), compare...),
          "sandbox: make the system call filter");
  }
  template <class Names>
  void allow_all(const Names& names) {
    for (const char* name : names) add(SCMP_ACT_ALLOW, name);
  }
  void load() { check(seccomp_load(context_.get()), "sandbox: put on the system call filter"); }

 private:
  Context context_;
};

/// Argument `index` is `value`.
scmp_arg_cmp equals(unsigned index, std::int64_t value) {
  return {index, SCMP_CMP_EQ, static_cast<scmp_datum_t>(value), 0};
}
/// Of its bits in `mask` those of `value` are set, and no others.
scmp_arg_cmp masked(unsigned index, std::int64_t mask, std::int64_t value) {
  return {index, SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(mask),
          static_cast<scmp_datum_t>(value)};
}

/// Calls that are allowed with some arguments only.
void add_conditional(Rules& rules, const Access& access) {
  // Private memory, which is counted, and files; no shared memory of its own making, which is not.
  for (const int kind : {MAP_PRIVATE, MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED})
    rules.add(SCMP_ACT_ALLOW, "mmap", masked(3, MAP_TYPE | MAP_ANONYMOUS, kind));
  // Threads, but no processes.
  rules.add(SCMP_ACT_ALLOW, "clone", masked(0, CLONE_THREAD, CLONE_THREAD));
  // abort() and raise(): signals to this process.
  rules.add(SCMP_ACT_ALLOW, "tgkill", equals(0, ::getpid()));
  rules.add(SCMP_ACT_ALLOW, "setpriority", equals(1, 0));
  rules.add(SCMP_ACT_ALLOW, "prlimit64", equals(2, 0));  // only asks
  for (const int what : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE, PR_SET_TIMERSLACK,
                         PR_CAPBSET_READ, PR_SET_PDEATHSIG})
    rules.add(SCMP_ACT_ALLOW, "prctl", equals(0, what));
  if (!access.network)
    for (const int what : {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO})
      rules.add(SCMP_ACT_ALLOW, "ioctl", equals(1, what));

  if (access.write_files) {
    rules.add(SCMP_ACT_ALLOW, "openat");
    return;
  }
  // For reading only; Landlock decides what. Without it a stage that needs no file opens none.
  constexpr int kChanges = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  if (landlock_version() > 0 || access.read_files || access.network)
    rules.add(SCMP_ACT_ALLOW, "openat", masked(2, kChanges, O_RDONLY));
}

constexpr std::size_t kNumbers = 512;
std::array<char*, kNumbers> g_names;  // looked up early: a signal handler may not
OnViolation g_on_violation = nullptr;

void on_refused_call(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const int number = info->si_syscall;
  const bool known = number >= 0 && static_cast<std::size_t>(number) < kNumbers &&
                     g_names[static_cast<std::size_t>(number)] != nullptr;
  if (g_on_violation != nullptr)
    g_on_violation(number, known ? g_names[static_cast<std::size_t>(number)] : "");
  ::_exit(1);
}

void report_violations(OnViolation on_violation) {
  g_on_violation = on_violation;
  for (std::size_t i = 0; i < kNumbers; ++i)
    g_names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(i));
  struct sigaction action {};
  action.sa_sigaction = on_refused_call;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (::sigaction(SIGSYS, &action, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "sandbox: watch for refused calls");
}

void add_allowed(Rules& rules, const Access& access) {
  rules.allow_all(kAlways);
  if (access.write_files) rules.allow_all(kWriteFiles);
  if (access.network) rules.allow_all(kNetwork);
}

void load_loose() {
  Rules rules(SCMP_ACT_ALLOW);
  for (const char* name : kForbidden) rules.add(SCMP_ACT_ERRNO(EPERM), name);
  rules.load();
}

/// Two filters, since one cannot have two answers for a call by its arguments: of both answers the
/// kernel takes the stricter one.
void load_strict(const Access& access) {
  Rules exact(SCMP_ACT_ERRNO(EPERM));
  add_allowed(exact, access);
  add_conditional(exact, access);
  for (const char* name : kUnknown) exact.add(SCMP_ACT_ERRNO(ENOSYS), name);
  exact.add(SCMP_ACT_ALLOW, "seccomp");  // for the second one, which takes it back
  exact.load();

  Rules known(SCMP_ACT_TRAP);
  add_allowed(known, access);
  known.allow_all(kRefused);
  known.allow_all(kUnknown);
  known.load();
}

}  // namespace

bool has_syscall_filter() noexcept {
  // Asks with an address that cannot be read: EFAULT from a kernel that knows the mode.
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 && errno == EFAULT;
}

void filter_syscalls(const Access& access, OnViolation on_violation) {
  if (!has_syscall_filter()) return;
  if (access.devices) {
    load_loose();
    return;
  }
  report_violations(on_violation);
  load_strict(access);
}

}  // namespace latham::sandbox
