// SPDX-License-Identifier: MIT
// Loaded with LD_PRELOAD into one program: counts its system calls by name and lets the one that the page names
// fail. A stage inherits neither LD_PRELOAD nor the mapping, so the others of a job run undisturbed.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "tests/fault/faults.h"

namespace {

using latham::test::FaultPage;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

FaultPage* map_page() {
  const char* path = std::getenv(latham::test::kFaultPageVariable);
  if (path == nullptr) return nullptr;
  ::unsetenv("LD_PRELOAD");  // a viewer inherits the rest
  const int fd = next<int(const char*, int, ...)>("open")(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* page = next<void*(void*, size_t, int, int, int, off_t)>("mmap")(
      nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return page == MAP_FAILED ? nullptr : static_cast<FaultPage*>(page);
}

FaultPage* const page = map_page();

bool strikes(int call) noexcept {
  if (page == nullptr) return false;
  const std::uint32_t number = __atomic_add_fetch(&page->calls[call], 1U, __ATOMIC_RELAXED);
  if (page->call != call || page->at != number) return false;
  page->struck = 1;
  if (page->error == latham::test::kDies) ::raise(SIGKILL);
  errno = page->error;
  return true;
}

}  // namespace

// The C library's declarations say more than these, so they have other names here. Arguments behind "..." are
// passed like all others on the machines that Linux runs on.
#define FAULTY(RESULT, FAILED, NAME, PARAMETERS, ARGUMENTS)                       \
  extern "C" RESULT faulty_##NAME PARAMETERS __asm__(#NAME);                      \
  RESULT faulty_##NAME PARAMETERS {                                               \
    static auto* const real = next<RESULT PARAMETERS>(#NAME);                     \
    return strikes(latham::test::index_of_call(#NAME)) ? FAILED : real ARGUMENTS; \
  }

FAULTY(int, -1, accept4, (int fd, sockaddr* a, socklen_t* n, int flags), (fd, a, n, flags))
FAULTY(int, -1, bind, (int fd, const sockaddr* a, socklen_t n), (fd, a, n))
FAULTY(int, -1, connect, (int fd, const sockaddr* a, socklen_t n), (fd, a, n))
FAULTY(int, -1, dup2, (int from, int to), (from, to))
FAULTY(int, -1, execve, (const char* path, char* const* argv, char* const* env), (path, argv, env))
FAULTY(int, -1, flock, (int fd, int operation), (fd, operation))
FAULTY(pid_t, -1, fork, (), ())
FAULTY(int, -1, fstat, (int fd, struct stat* st), (fd, st))
FAULTY(int, -1, fsync, (int fd), (fd))
FAULTY(int, -1, ftruncate, (int fd, off_t size), (fd, size))
FAULTY(ssize_t, -1, getrandom, (void* to, size_t size, unsigned flags), (to, size, flags))
FAULTY(int, -1, kill, (pid_t pid, int signal), (pid, signal))
FAULTY(int, -1, listen, (int fd, int waiting), (fd, waiting))
FAULTY(int, -1, lstat, (const char* path, struct stat* st), (path, st))
FAULTY(int, -1, madvise, (void* at, size_t size, int advice), (at, size, advice))
FAULTY(int, -1, mkdir, (const char* path, mode_t mode), (path, mode))
FAULTY(void*, MAP_FAILED, mmap,
       (void* at, size_t size, int access, int flags, int fd, off_t offset),
       (at, size, access, flags, fd, offset))
FAULTY(void*, MAP_FAILED, mremap, (void* at, size_t size, size_t wanted, int flags, void* to),
       (at, size, wanted, flags, to))
FAULTY(int, -1, munmap, (void* at, size_t size), (at, size))
FAULTY(dirent*, nullptr, readdir, (DIR * folder), (folder))
FAULTY(ssize_t, -1, readlink, (const char* path, char* to, size_t size), (path, to, size))
FAULTY(int, -1, memfd_create, (const char* name, unsigned flags), (name, flags))
FAULTY(int, -1, open, (const char* path, int flags, mode_t mode), (path, flags, mode))
FAULTY(int, -1, openat, (int folder, const char* path, int flags, mode_t mode),
       (folder, path, flags, mode))
FAULTY(int, -1, pipe2, (int* ends, int flags), (ends, flags))
FAULTY(int, -1, poll, (pollfd * polled, nfds_t count, int ms), (polled, count, ms))
FAULTY(ssize_t, -1, pwrite, (int fd, const void* from, size_t size, off_t at), (fd, from, size, at))
FAULTY(ssize_t, -1, recvmsg, (int fd, msghdr* message, int flags), (fd, message, flags))
FAULTY(int, -1, rename, (const char* from, const char* to), (from, to))
FAULTY(int, -1, renameat, (int a, const char* from, int b, const char* to), (a, from, b, to))
FAULTY(int, -1, renameat2, (int a, const char* from, int b, const char* to, unsigned flags),
       (a, from, b, to, flags))
FAULTY(ssize_t, -1, sendmsg, (int fd, const msghdr* message, int flags), (fd, message, flags))
FAULTY(int, -1, signalfd, (int fd, const sigset_t* signals, int flags), (fd, signals, flags))
FAULTY(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAULTY(int, -1, socketpair, (int domain, int type, int protocol, int* ends),
       (domain, type, protocol, ends))
FAULTY(int, -1, stat, (const char* path, struct stat* st), (path, st))
FAULTY(int, -1, unlink, (const char* path), (path))
FAULTY(int, -1, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))
FAULTY(int, -1, waitid, (idtype_t what, id_t id, siginfo_t* info, int flags),
       (what, id, info, flags))

/// Whatever it says, the descriptor is closed.
extern "C" int faulty_close(int fd) __asm__("close");
int faulty_close(int fd) {
  static auto* const real = next<int(int)>("close");
  const bool fails = strikes(latham::test::index_of_call("close"));
  const int error = errno;
  const int result = real(fd);
  if (!fails) return result;
  errno = error;
  return -1;
}

// Those that the kernel refuses for some arguments only.

namespace {

bool is_event[1024];  ///< Of a descriptor; one that never blocks cannot fail.

bool takes_memory(int fd) {
  return fd < 0 || fd >= 1024 || !is_event[fd];
}

}  // namespace

extern "C" int faulty_eventfd(unsigned value, int flags) __asm__("eventfd");
int faulty_eventfd(unsigned value, int flags) {
  static auto* const real = next<int(unsigned, int)>("eventfd");
  if (strikes(latham::test::index_of_call("eventfd"))) return -1;
  const int fd = real(value, flags);
  if (fd >= 0 && fd < 1024) is_event[fd] = true;
  return fd;
}

extern "C" int faulty_fcntl(int fd, int command, long argument) __asm__("fcntl");
int faulty_fcntl(int fd, int command, long argument) {
  static auto* const real = next<int(int, int, long)>("fcntl");
  const bool allocates =
      command == F_DUPFD_CLOEXEC || command == F_ADD_SEALS || command == F_SETPIPE_SZ;
  if (allocates && strikes(latham::test::index_of_call("fcntl"))) return -1;
  return real(fd, command, argument);
}

extern "C" ssize_t faulty_read(int fd, void* to, size_t size) __asm__("read");
ssize_t faulty_read(int fd, void* to, size_t size) {
  static auto* const real = next<ssize_t(int, void*, size_t)>("read");
  return takes_memory(fd) && strikes(latham::test::index_of_call("read")) ? -1 : real(fd, to, size);
}

extern "C" ssize_t faulty_write(int fd, const void* from, size_t size) __asm__("write");
ssize_t faulty_write(int fd, const void* from, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return takes_memory(fd) && strikes(latham::test::index_of_call("write")) ? -1
                                                                           : real(fd, from, size);
}

extern "C" long faulty_syscall(long number, long a, long b, long c, long d, long e,
                               long f) __asm__("syscall");
long faulty_syscall(long number, long a, long b, long c, long d, long e, long f) {
  static auto* const real = next<long(long, long, long, long, long, long, long)>("syscall");
  // A waker's call cannot be interrupted, a sleeper's can.
  const bool sleeps = number == SYS_futex && (b & FUTEX_CMD_MASK) != FUTEX_WAKE;
  if (sleeps && strikes(latham::test::index_of_call("futex"))) return -1;
  if (number == SYS_pidfd_open && strikes(latham::test::index_of_call("pidfd_open"))) return -1;
  return real(number, a, b, c, d, e, f);
}
