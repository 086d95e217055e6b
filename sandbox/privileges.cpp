// SPDX-License-Identifier: MIT
#include "sandbox/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "system/error.h"

namespace latham::sandbox {
namespace {

constexpr rlim_t kFewDescriptors = 64;
constexpr rlim_t kLeastMemory = rlim_t{4} << 30;

void lower_limit(int resource, rlim_t to, const char* what) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) throw_errno(what);
  limit.rlim_cur = std::min(limit.rlim_cur, to);
  limit.rlim_max = std::min(limit.rlim_max, to);
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) throw_errno(what);
}

rlim_t machine_memory() {
  struct sysinfo info {};
  if (::sysinfo(&info) != 0) return RLIM_INFINITY;
  return (rlim_t{info.totalram} + info.totalswap) * info.mem_unit;
}

}  // namespace

void limit_resources(const Access& access) {
  lower_limit(RLIMIT_CORE, 0, "sandbox: limit core dumps");
  if (access.devices) return;  // graphics drivers map as much as they like
  lower_limit(RLIMIT_DATA, std::max(machine_memory(), kLeastMemory), "sandbox: limit memory");
  if (!access.read_files && !access.write_files && !access.network)
    lower_limit(RLIMIT_NOFILE, kFewDescriptors, "sandbox: limit descriptors");
}

void drop_capabilities(const Access& access) {
  std::uint32_t kept = 0;
  if (access.read_files || access.devices) kept |= 1U << CAP_DAC_READ_SEARCH;
  if (access.write_files || access.devices) kept |= 1U << CAP_DAC_OVERRIDE;

  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct had[2] = {};
  if (::syscall(SYS_capget, &header, had) != 0) throw_errno("sandbox: read the capabilities");
  // The bounding set first: dropping from it is a capability too. Who has none need not.
  for (int cap = 0; cap < 64; ++cap)
    if (cap >= 32 || (kept & (1U << cap)) == 0)
      if (::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM)
        throw_errno("sandbox: drop a capability");
  __user_cap_data_struct has[2] = {};
  has[0].effective = had[0].effective & kept;
  has[0].permitted = had[0].permitted & kept;
  if (::syscall(SYS_capset, &header, has) != 0) throw_errno("sandbox: drop the capabilities");
}

void refuse_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw_errno("sandbox: refuse new privileges");
}

}  // namespace latham::sandbox
