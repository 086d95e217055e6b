// SPDX-License-Identifier: MIT
#include "tests/stress/one_mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <map>
#include <mutex>

extern "C" {
void* __real_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* address, size_t bytes);
void* __wrap_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void* address, size_t bytes);
}

namespace {

struct Region {
  void* address;
  int users;
};

std::mutex mutex;
std::map<ino_t, Region> regions;
bool on = false;
int shared_count = 0;

}  // namespace

void* __wrap_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  struct stat st {};
  const std::lock_guard lock(mutex);
  if (!on || fd < 0 || offset != 0 || (flags & MAP_SHARED) == 0 || ::fstat(fd, &st) != 0)
    return __real_mmap(address, bytes, protection, flags, fd, offset);
  if (const auto known = regions.find(st.st_ino); known != regions.end()) {
    ++known->second.users;
    ++shared_count;
    return known->second.address;
  }
  void* fresh = __real_mmap(address, bytes, PROT_READ | PROT_WRITE, flags, fd, offset);
  if (fresh != MAP_FAILED) regions[st.st_ino] = {fresh, 1};
  return fresh;
}

int __wrap_munmap(void* address, size_t bytes) {
  const std::lock_guard lock(mutex);
  for (auto region = regions.begin(); region != regions.end(); ++region) {
    if (region->second.address != address) continue;
    if (--region->second.users > 0) return 0;
    regions.erase(region);
    break;
  }
  return __real_munmap(address, bytes);
}

namespace latham::stress {

OneMapping::OneMapping() {
  const std::lock_guard lock(mutex);
  on = true;
  shared_count = 0;
}
OneMapping::~OneMapping() {
  const std::lock_guard lock(mutex);
  on = false;
}
int OneMapping::shared() {
  const std::lock_guard lock(mutex);
  return shared_count;
}

}  // namespace latham::stress
