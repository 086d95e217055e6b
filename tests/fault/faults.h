// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>

/// Between the test that orders a fault and the library that makes it.
namespace latham::test {

/// The system calls that can be made to fail, by the names of the C library.
constexpr const char* kFaultyCalls[] = {
    "accept4",      "bind",      "close",   "connect",  "dup2",     "eventfd",    "execve",
    "fcntl",        "flock",     "fork",    "fstat",    "fsync",    "ftruncate",  "futex",
    "getrandom",    "kill",      "listen",  "lstat",    "madvise",  "mkdir",      "mmap",
    "memfd_create", "mremap",    "munmap",  "open",     "openat",   "pidfd_open", "pipe2",
    "poll",         "pwrite",    "read",    "readdir",  "readlink", "recvmsg",    "rename",
    "renameat",     "renameat2", "sendmsg", "signalfd", "socket",   "socketpair", "stat",
    "unlink",       "unlinkat",  "waitid",  "write"};
constexpr int kFaultyCallCount = sizeof(kFaultyCalls) / sizeof(kFaultyCalls[0]);

constexpr int index_of_call(const char* name) {
  for (int i = 0; i < kFaultyCallCount; ++i)
    if (__builtin_strcmp(kFaultyCalls[i], name) == 0) return i;
  return -1;
}

/// In the place of an error: the call is not made, the process ends there by SIGKILL.
constexpr std::int32_t kDies = -1;

/// A file that the test makes and the library maps, so that the count goes on across fork.
struct FaultPage {
  // Written by the test before.
  std::int32_t call;   ///< Index in kFaultyCalls, -1: none fails.
  std::uint32_t at;    ///< Which call of that name, from 1.
  std::int32_t error;  ///< errno, or kDies.
  // Written by the library.
  std::uint32_t struck;  ///< It was made to fail.
  std::uint32_t calls[kFaultyCallCount];
};

/// The variable with the page's path.
constexpr const char* kFaultPageVariable = "LATHAM_FAULT_PAGE";

}  // namespace latham::test
