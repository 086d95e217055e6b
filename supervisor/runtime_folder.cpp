// SPDX-License-Identifier: MIT
#include "supervisor/runtime_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "system/error.h"
#include "system/number.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

bool is_ours(const struct stat& info) {
  return S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

std::string wanted_path() {
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  struct stat info {};
  if (base != nullptr && *base == '/') {
    if (::stat(base, &info) == 0) {
      if (is_ours(info)) return fmt::format("{}/latham", base);
    } else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
      throw_errno(fmt::format("look at '{}'", base));  // sessions may be there
    }
  }
  return fmt::format("/tmp/latham-{}", ::geteuid());
}

}  // namespace

std::optional<RuntimeFolder> RuntimeFolder::open(const std::string& path) {
  UniqueFd fd(uninterrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (!fd && errno == ENOENT) return std::nullopt;
  struct stat info {};
  if (!fd && errno != ELOOP && errno != ENOTDIR) throw_errno(fmt::format("open '{}'", path));
  if (!fd || ::fstat(fd.get(), &info) != 0 || !is_ours(info) || (info.st_mode & kOthers) != 0)
    throw std::runtime_error(fmt::format(
        "'{}' is not a private folder of yours; remove it or set XDG_RUNTIME_DIR", path));
  return RuntimeFolder(path, std::move(fd));
}

RuntimeFolder RuntimeFolder::make() {
  const std::string path = wanted_path();
  // Another session may remove it between our two steps, when it was the last one.
  for (int attempt = 0; attempt < 16; ++attempt) {
    const bool made = ::mkdir(path.c_str(), S_IRWXU) == 0;
    if (!made && errno != EEXIST) throw_errno(fmt::format("create '{}'", path));
    try {
      if (auto folder = open(path)) return std::move(*folder);
    } catch (...) {
      if (made) ::rmdir(path.c_str());
      throw;
    }
  }
  throw std::runtime_error(fmt::format("'{}' vanishes again and again", path));
}

std::optional<RuntimeFolder> RuntimeFolder::find() {
  return open(wanted_path());
}

sockaddr_un RuntimeFolder::address_of(const std::string& name) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto end = fmt::format_to_n(address.sun_path, sizeof(address.sun_path) - 1,
                                    "/proc/self/fd/{}/{}", fd_.get(), name);
  *end.out = '\0';
  return address;
}

std::vector<pid_t> RuntimeFolder::numbers_before(std::string_view ending) const {
  // A descriptor of its own, since the position in the folder belongs to the open file.
  const int own =
      uninterrupted([&] { return ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  const std::unique_ptr<DIR, int (*)(DIR*)> list(own >= 0 ? ::fdopendir(own) : nullptr, ::closedir);
  if (!list) throw_errno(fmt::format("list '{}'", path_));
  std::vector<pid_t> found;
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string_view name = entry->d_name;
    if (!name.ends_with(ending)) continue;
    const auto pid = parse_number<pid_t>(name.substr(0, name.size() - ending.size()));
    if (pid && *pid > 0) found.push_back(*pid);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<pid_t> RuntimeFolder::sessions() const {
  return numbers_before("");
}

void RuntimeFolder::announce(pid_t session) const {
  if (::renameat(fd_.get(), new_name_of(session).c_str(), fd_.get(), name_of(session).c_str()) != 0)
    throw_errno(fmt::format("name a session socket in '{}'", path_));
}

void RuntimeFolder::remove(pid_t session) const noexcept {
  for (const std::string& name : {name_of(session), new_name_of(session)})
    ::unlinkat(fd_.get(), name.c_str(), 0);
  ::rmdir(path_.c_str());  // refused while others listen there
}

void RuntimeFolder::remove_dead() const {
  for (const char* ending : {"", kNew})
    for (const pid_t session : numbers_before(ending))
      if (::kill(session, 0) != 0 && errno == ESRCH) remove(session);
}

}  // namespace latham::supervisor
