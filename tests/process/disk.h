// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <string>

#include "system/unique_fd.h"
#include "tests/fault/kept_disk.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// What a power cut takes of what was not synced. File systems differ, and one may take this and leave that.
struct Loss {
  const char* name;
  bool bytes = false;        ///< Of files.
  bool are_zeros = false;    ///< Where they were, are zeros: the size was kept, the bytes were not.
  bool names_above = false;  ///< Made, changed and removed ones in the folder itself.
  bool names_within = false;  ///< And in the folders in it.
};

inline void PrintTo(const Loss& loss, std::ostream* out) {
  *out << loss.name;
}

/// The disk on which a folder lies, as the supervisor of a job writes there: lose() leaves what a power cut would have
/// left. Files stay the files that they are, by number.
class Disk {
 public:
  /// What is there now is durable.
  explicit Disk(std::string folder) : folder_(std::move(folder)) {
    for (const char* kind : {"bytes", "names", "files"})
      std::filesystem::create_directory(own_.file(kind));
    keep(folder_);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      keep(entry.path());
  }

  /// The environment of the supervisor, beside LD_PRELOAD.
  [[nodiscard]] Words settings() const {
    return {fmt::format("{}={}", kKeptDiskVariable, own_.path())};
  }

  void lose(const Loss& loss) const { lose(loss, folder_, inode(folder_)); }

 private:
  using Path = std::filesystem::path;

  void keep(const Path& path) const {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    kept_.keep(fd.get());
  }

  [[nodiscard]] static ino_t inode(const Path& path) {
    struct stat st {};
    return ::lstat(path.c_str(), &st) == 0 ? st.st_ino : 0;
  }

  /// `was`: its number when its name was synced.
  void lose(const Loss& loss, const Path& folder, ino_t was) const {
    std::map<std::string, ino_t> names = names_in(folder);
    if (folder == folder_ ? loss.names_above : loss.names_within) {
      const auto now = std::exchange(names, kept_names(was));
      for (const auto& [name, number] : now)
        if (names.count(name) == 0 || names.at(name) != number)
          std::filesystem::remove_all(folder / name);
      for (const auto& [name, number] : names) bring_back(folder / name, number);
    }
    for (const auto& [name, number] : names) {
      if (std::filesystem::is_directory(folder / name))
        lose(loss, folder / name, number);
      else
        lose_bytes(loss, folder / name);
    }
  }

  [[nodiscard]] static std::map<std::string, ino_t> names_in(const Path& folder) {
    std::map<std::string, ino_t> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      names.emplace(entry.path().filename(), inode(entry.path()));
    return names;
  }

  [[nodiscard]] std::map<std::string, ino_t> kept_names(ino_t folder) const {
    std::map<std::string, ino_t> names;
    std::ifstream lines(kept_.names_of(folder));
    std::string name;
    for (ino_t number = 0; lines >> number && lines.get() && std::getline(lines, name);)
      names.emplace(name, number);
    return names;
  }

  void bring_back(const Path& path, ino_t number) const {
    if (std::filesystem::exists(path)) return;
    if (std::filesystem::exists(kept_.file_of(number)))
      std::filesystem::create_hard_link(kept_.file_of(number), path);
    else
      std::filesystem::create_directory(path);
  }

  void lose_bytes(const Loss& loss, const Path& path) const {
    if (!loss.bytes || !std::filesystem::is_regular_file(path)) return;
    const Path kept = kept_.bytes_of(inode(path));
    const std::string now = read_file(path);
    std::string then = read_file(kept);
    if (loss.are_zeros && now.size() > then.size()) then.resize(now.size(), '\0');
    if (then == now) return;
    std::ofstream(path, std::ios::binary) << then;
    if (std::filesystem::exists(kept))
      std::filesystem::last_write_time(path, std::filesystem::last_write_time(kept));
  }

  std::string folder_;
  TempDir own_;
  KeptDisk kept_{own_.path()};
};

}  // namespace latham::test
