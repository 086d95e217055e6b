// SPDX-License-Identifier: MIT
#include "sandbox/sandbox.h"

#include <fmt/format.h>

#include "sandbox/landlock.h"
#include "sandbox/privileges.h"
#include "sandbox/syscall_filter.h"

namespace latham::sandbox {

#ifdef LATHAM_NO_SANDBOX

void enter(const Access& /*access*/, OnViolation /*on_violation*/) {}

#else

void enter(const Access& access, OnViolation on_violation) {
  limit_resources(access);
  drop_capabilities(access);
  refuse_new_privileges();
  restrict_files(access);
  // Last: it refuses the calls that the lines above are made of.
  filter_syscalls(access, on_violation);
}

#endif

bool can_load_from(const std::string& folder) {
#ifdef LATHAM_NO_SANDBOX
  (void)folder;
  return true;
#else
  if (landlock_version() > 0) return is_system_folder(folder);
  return !has_syscall_filter();
#endif
}

std::vector<Support> support() {
  std::vector<Support> parts;
#ifdef LATHAM_NO_SANDBOX
  parts.push_back(
      {"sandbox", false, "this is a build with sanitizers, which cannot work inside it"});
#endif
  parts.push_back({"no new privileges", true, "Linux 3.5"});
  const bool filter = has_syscall_filter();
  parts.push_back(
      {"system call filter (seccomp)", filter,
       filter ? "Linux 3.17" : "stages may make any system call; needs CONFIG_SECCOMP_FILTER"});
  const int version = landlock_version();
  std::string remark =
      "stages that need some files may open all of the user's; needs Linux 5.13 and "
      "'landlock' in the kernel's lsm= list";
  if (version >= 6)
    remark = fmt::format("version {}: files, and no signals to others", version);
  else if (version > 0)
    remark = fmt::format("version {}: files ({})", version,
                         filter ? "signals to others are refused by the filter"
                                : "stages may send signals to others; needs Linux 6.12");
  parts.push_back({"file rules (Landlock)", version > 0, remark});
  return parts;
}

}  // namespace latham::sandbox
