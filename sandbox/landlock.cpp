// SPDX-License-Identifier: MIT
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include "system/error.h"
#include "system/unique_fd.h"

// Headers may be older than the kernel.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

namespace latham::sandbox {
namespace {

using Rights = std::uint64_t;

constexpr Rights kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr Rights kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;

/// What libraries read of the system behind our back: processors and memory for their thread pools,
/// converters of character sets, randomness. Holds nothing of the user's.
constexpr std::array kSystem = {"/usr/share/zoneinfo", "/etc/localtime",      "/proc/cpuinfo",
                                "/proc/meminfo",       "/sys/devices/system", "/dev/null",
                                "/dev/urandom",        "/dev/random",         "/etc/ld.so.cache"};
constexpr std::array kLibraries = {"/usr/lib", "/usr/local/lib"};
/// And for names, services and certificates.
constexpr std::array kNetwork = {"/etc", "/usr/share", "/run/systemd/resolve"};
constexpr std::array kEverything = {"/"};

/// linux/landlock.h of the version that has `scoped`.
struct Ruleset {
  Rights handled_fs;
  Rights handled_net;
  Rights scoped;
};
constexpr Rights kScopeAbstractSocket = 1ULL << 0;
constexpr Rights kScopeSignal = 1ULL << 1;

Rights known_rights(int version) {
  // Making, removing and the like: every right from EXECUTE to MAKE_SYM.
  Rights rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
  return rights;
}

void allow(const UniqueFd& ruleset, std::span<const char* const> paths, Rights rights) {
  for (const char* path : paths) {
    const UniqueFd fd(::open(path, O_PATH | O_CLOEXEC));
    if (!fd) continue;  // not on this system
    landlock_path_beneath_attr rule{rights, fd.get()};
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
      continue;
    // A file takes no right of a folder.
    rule.allowed_access = rights & (kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                    (rights & LANDLOCK_ACCESS_FS_TRUNCATE));
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      throw_errno(fmt::format("sandbox: allow '{}'", path));
  }
}

}  // namespace

int landlock_version() noexcept {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool is_system_folder(const std::string& folder) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(folder, error).string() + "/";
  return !error && std::any_of(kLibraries.begin(), kLibraries.end(),
                               [&](const std::string& of) { return path.starts_with(of + "/"); });
}

void restrict_files(const Access& access) {
  const int version = landlock_version();
  if (version == 0) return;
  const Rights known = known_rights(version);
  Ruleset handled{known, 0, 0};
  // Without files to guard one right is left to take: a ruleset must handle something.
  if (access.devices) handled.handled_fs = LANDLOCK_ACCESS_FS_EXECUTE;
  std::size_t size = sizeof(Rights);
  if (version >= 6) {
    handled.scoped = kScopeSignal;
    // A display may have no other name.
    if (!access.devices) handled.scoped |= kScopeAbstractSocket;
    size = sizeof(handled);
  }
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
  if (!ruleset) throw_errno("sandbox: make the file rules");
  if (!access.devices) {
    allow(ruleset, kSystem, kRead);
    allow(ruleset, kLibraries, kRead);
    if (access.network) allow(ruleset, kNetwork, kRead);
    if (access.write_files)
      allow(ruleset, kEverything, known & ~Rights{LANDLOCK_ACCESS_FS_EXECUTE});
    else if (access.read_files)
      allow(ruleset, kEverything, kRead);
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    throw_errno("sandbox: put on the file rules");
}

}  // namespace latham::sandbox
