// SPDX-License-Identifier: MIT
#include "supervisor/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <span>
#include <utility>

#include "supervisor/file_lock.h"
#include "supervisor/output_failure.h"
#include "system/checksum.h"
#include "system/uninterrupted.h"
#include "system/write_all.h"

namespace latham::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMostBytes = off_t{1} << 20;  ///< Of a small file.

/// The last line of a small file: size and hash of what stands before it.
std::string seal_of(std::string_view text) {
  Checksum checksum;
  checksum.add(std::as_bytes(std::span(text)));
  return fmt::format("{} {:016x}\n", text.size(), checksum.value());
}

}  // namespace

StateFolder::StateFolder(std::string path) : path_(std::move(path)) {
  is_new_ = ::mkdir(path_.c_str(), 0777) == 0;
  if (!is_new_ && errno != EEXIST) refuse_errno("make the folder", path_);
  folder_.reset(uninterrupted(
      [&] { return ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (!folder_) refuse_errno("open the folder", path_);
  if (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) refuse_busy();
  // Also where it was there: who made it may have been killed before this.
  const fs::path parent = fs::path(path_).parent_path();
  const UniqueFd above(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC));
  if (above) ::fsync(above.get());
}

std::vector<std::string> StateFolder::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error))
    names.push_back(entry.path().filename().string());
  if (error) refuse_output(fmt::format("look into '{}': {}", path_, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

StateFolder::Found StateFolder::read(const std::string& name, std::string& text) const {
  const UniqueFd fd(uninterrupted(
      [&] { return ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC); }));
  if (!fd && errno == ENOENT) return Found::nothing;
  if (!fd) refuse_errno("open", path_to(name));
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) refuse_errno("look at", path_to(name));
  if (st.st_size > kMostBytes) return Found::damaged;
  text.resize(static_cast<std::size_t>(st.st_size));
  const ssize_t got = uninterrupted([&] { return ::pread(fd.get(), text.data(), text.size(), 0); });
  if (got < 0) refuse_errno("read", path_to(name));
  text.resize(static_cast<std::size_t>(got));
  if (!text.ends_with('\n')) return Found::damaged;
  const std::size_t seal = text.rfind('\n', text.size() - 2) + 1;  // npos + 1 is 0
  if (text.substr(seal) != seal_of(std::string_view(text).substr(0, seal))) return Found::damaged;
  text.resize(seal);
  return Found::whole;
}

void StateFolder::write(const std::string& name, std::string_view text) const {
  const std::string other = name + ".new";
  const UniqueFd fd = open(other, true);
  const std::string all = std::string(text) + seal_of(text);
  if (!write_all(fd.get(), std::as_bytes(std::span(all)))) refuse_errno("write", path_to(other));
  sync(other, fd.get());
  if (::renameat(folder_.get(), other.c_str(), folder_.get(), name.c_str()) != 0)
    refuse_errno("rename the finished file to", path_to(name));
  sync_names();
}

UniqueFd StateFolder::open(const std::string& name, bool anew) const {
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(uninterrupted([&] { return ::openat(folder_.get(), name.c_str(), flags, 0666); }));
  if (!fd) refuse_errno("open", path_to(name));
  // The folder is ours, but an encoder of the job before us may not be dead yet, and would write where ours does.
  if (!lock_file(fd.get())) refuse_busy();
  if (anew && uninterrupted([&] { return ::ftruncate(fd.get(), 0); }) != 0)
    refuse_errno("empty", path_to(name));
  return fd;
}

void StateFolder::refuse_busy() const {
  refuse_output(fmt::format(
      "another latham is writing into '{}'; wait for it or choose another name", path_));
}

void StateFolder::sync(const std::string& name, int fd) const {
  if (uninterrupted([&] { return ::fsync(fd); }) != 0 && errno != EINVAL && errno != EROFS)
    refuse_errno("write", path_to(name));
}

void StateFolder::sync_names() const {
  sync(".", folder_.get());
}

void StateFolder::remove(const std::string& name) const {
  if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    refuse_errno("remove", path_to(name));
}

void StateFolder::remove_folder() const {
  if (::rmdir(path_.c_str()) != 0 && errno != ENOTEMPTY && errno != EEXIST)
    refuse_errno("remove", path_);
}

}  // namespace latham::supervisor
