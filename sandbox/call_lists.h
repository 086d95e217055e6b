// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <array>

/// Which system calls a stage may make, by name, and with which commands.
namespace latham::sandbox {

/// What every stage does: computes, sleeps, maps, talks over descriptors that it has. From traces of all
/// decoders and encoders that the tests use; libraries of other versions may need one more.
constexpr std::array kAlways = {
    // memory
    "brk", "munmap", "mremap", "mprotect", "madvise", "mlock", "munlock", "mincore",
    "get_mempolicy", "set_mempolicy", "mbind", "fadvise64",
    // threads and time
    "futex", "futex_waitv", "set_robust_list", "rseq", "membarrier", "exit", "exit_group", "gettid",
    "getpid", "getppid", "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getpriority", "getcpu", "set_tid_address",
    "arch_prctl", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday",
    "time", "times", "getrusage", "restart_syscall", "getrandom", "uname", "sysinfo", "getrlimit",
    // signals to itself
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigsuspend", "sigaltstack", "pause",
    // descriptors that it has
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
    "pwritev2", "lseek", "close", "close_range", "fstat", "fstatfs", "dup", "dup2", "dup3", "poll",
    "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "eventfd", "eventfd2", "pipe", "pipe2", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "recvmsg", "sendmsg", "recvfrom", "sendto", "shutdown", "fsync", "fdatasync",
    "sync_file_range", "splice", "tee", "copy_file_range", "getdents64",
    // names: says whether a file is there, and nothing of what is in it
    "newfstatat", "stat", "lstat", "statx", "statfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getcwd", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups"};

constexpr std::array kWriteFiles = {
    "mkdir", "mkdirat", "unlink", "unlinkat",  "rename",    "renameat", "renameat2", "rmdir",
    "umask", "chmod",   "fchmod", "fchmodat",  "utime",     "utimes",   "utimensat", "futimesat",
    "link",  "linkat",  "flock",  "symlinkat", "ftruncate", "truncate", "open",      "creat"};

/// Of sockets that it has made; which kinds it may make is another list.
constexpr std::array kSockets = {"connect",    "bind",     "listen",     "accept",
                                 "accept4",    "sendmmsg", "getsockopt", "getsockname",
                                 "setsockopt", "recvmmsg", "getpeername"};

/// Tried by libraries that do well without: these fail where they are not allowed, and nobody need hear
/// of it. So do those that are allowed with some arguments only.
constexpr std::array kRefused = {"mmap",
                                 "clone",
                                 "tgkill",
                                 "setpriority",
                                 "prlimit64",
                                 "prctl",
                                 "ioctl",
                                 "openat",
                                 "open",
                                 "creat",
                                 "socket",
                                 "memfd_create",
                                 "mkdir",
                                 "unlink",
                                 "rename",
                                 "umask",
                                 "kcmp",
                                 "fcntl",
                                 "chmod",
                                 "fallocate",
                                 "setrlimit",
                                 "sched_setparam",
                                 "ftruncate",
                                 "socketpair",
                                 "ioprio_set",
                                 "sched_setaffinity",
                                 "sched_setscheduler",
                                 "sched_setattr"};
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
                                   "ioprio_set",
                                   "process_mrelease",
                                   "move_pages",
                                   "migrate_pages",
                                   "get_robust_list",
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

/// What acts on a descriptor and reaches nobody else: no signals to its owner, no leases.
constexpr std::array kFcntl = {
    F_DUPFD,  F_DUPFD_CLOEXEC, F_GETFD,     F_SETFD,      F_GETFL,     F_GETLK,      F_SETLK,
    F_SETLKW, F_OFD_GETLK,     F_OFD_SETLK, F_OFD_SETLKW, F_GET_SEALS, F_GETPIPE_SZ, F_SETPIPE_SZ};
constexpr std::array kIoctl = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, TIOCOUTQ};
constexpr std::array kPrctl = {PR_SET_NAME,       PR_GET_NAME,     PR_SET_VMA,      PR_GET_DUMPABLE,
                               PR_SET_TIMERSLACK, PR_CAPBSET_READ, PR_SET_PDEATHSIG};

/// Where all but little is allowed: what names somebody who is sent signals, and what types on a terminal
/// or takes it from the user's shell.
constexpr std::array kForbiddenFcntl = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
constexpr std::array kForbiddenIoctl = {FIOASYNC,  FIOSETOWN, SIOCSPGRP, TIOCSTI,
                                        TIOCLINUX, TIOCSPGRP, TIOCSETD};
/// And what acts on other processes by this argument, 0 for its own thread.
struct ByNumber {
  const char* call;
  unsigned argument;
};
constexpr std::array kOnlyItself = {
    ByNumber{"setpriority", 1},        ByNumber{"prlimit64", 0},
    ByNumber{"sched_setaffinity", 0},  ByNumber{"sched_setparam", 0},
    ByNumber{"sched_setscheduler", 0}, ByNumber{"sched_setattr", 0}};

}  // namespace latham::sandbox
