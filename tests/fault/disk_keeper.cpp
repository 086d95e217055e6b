// SPDX-License-Identifier: MIT
// Loaded with LD_PRELOAD into the supervisor: keeps beside its files what a power cut could not take, which is what was
// there at the last fsync().
#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>

#include "tests/fault/kept_disk.h"

extern "C" int fsync(int fd) {
  static auto* const real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
  const int result = real(fd);
  const char* folder = std::getenv(latham::test::kKeptDiskVariable);
  if (result != 0 || folder == nullptr) return result;
  const int before = errno;
  latham::test::KeptDisk(folder).keep(fd);
  errno = before;
  return result;
}
