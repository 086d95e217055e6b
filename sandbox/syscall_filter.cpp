// SPDX-License-Identifier: MIT
#include "sandbox/syscall_filter.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

#include "sandbox/call_lists.h"
#include "sandbox/landlock.h"

namespace latham::sandbox {
namespace {

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

/// All that it may ask of `call` by the number in argument `index`.
template <class Values>
void allow_values(Rules& rules, const char* call, unsigned index, const Values& values) {
  for (const auto value : values) rules.add(SCMP_ACT_ALLOW, call, equals(index, value));
}

/// By their kind: one of this machine reaches every service of the user's.
void add_sockets(Rules& rules, const Access& access) {
  if (access.network) {
    allow_values(rules, "socket", 0, std::array{AF_INET, AF_INET6});
    // Which addresses this machine has, for the look-up of names.
    rules.add(SCMP_ACT_ALLOW, "socket", equals(0, AF_NETLINK), equals(2, NETLINK_ROUTE));
  }
  if (access.local_sockets) rules.add(SCMP_ACT_ALLOW, "socket", equals(0, AF_UNIX));
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
  rules.add(SCMP_ACT_ALLOW, "setpriority", equals(0, PRIO_PROCESS), equals(1, 0));
  rules.add(SCMP_ACT_ALLOW, "sched_setaffinity", equals(0, 0));
  rules.add(SCMP_ACT_ALLOW, "prlimit64", equals(0, 0), equals(2, 0));  // only asks
  allow_values(rules, "prctl", 0, kPrctl);
  allow_values(rules, "ioctl", 1, kIoctl);
  allow_values(rules, "fcntl", 1, kFcntl);
  // A terminal that is asynchronous signals the group in its foreground.
  rules.add(SCMP_ACT_ALLOW, "fcntl", equals(1, F_SETFL), masked(2, O_ASYNC, 0));
  add_sockets(rules, access);

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
  if (access.network || access.local_sockets) rules.allow_all(kSockets);
}

/// What the kernel reads of argument `index` where it is an int: the other half may hold anything.
scmp_arg_cmp is_int(unsigned index, std::int64_t value) {
  return masked(index, 0xffffffff, value & 0xffffffff);
}
scmp_arg_cmp differs(unsigned index, std::int64_t value) {
  return {index, SCMP_CMP_NE, static_cast<scmp_datum_t>(value), 0};
}

/// A list of what is never allowed, for drivers of which nobody knows all that they call.
void load_loose() {
  Rules rules(SCMP_ACT_ALLOW);
  const auto forbid = [&](const char* call, auto... when) {
    rules.add(SCMP_ACT_ERRNO(EPERM), call, when...);
  };
  for (const char* name : kForbidden) forbid(name);
  rules.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  forbid("clone", masked(0, CLONE_THREAD, 0));
  forbid("tgkill", differs(0, ::getpid()));
  forbid("kcmp", differs(0, ::getpid()));
  forbid("kcmp", differs(1, ::getpid()));
  forbid("setpriority", differs(0, PRIO_PROCESS));
  for (const ByNumber& by : kOnlyItself) forbid(by.call, differs(by.argument, 0));
  for (const int command : kForbiddenFcntl) forbid("fcntl", is_int(1, command));
  forbid("fcntl", is_int(1, F_SETFL), masked(2, O_ASYNC, O_ASYNC));
  for (const int request : kForbiddenIoctl) forbid("ioctl", is_int(1, request));
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
