// SPDX-License-Identifier: MIT
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

/// Between the library that sees each fsync() of a program and the test that lets the power fail.
namespace latham::test {

/// The variable with the folder in which the library keeps what a power cut could not take.
constexpr const char* kKeptDiskVariable = "LATHAM_KEPT_DISK";

/// A folder, on the same file system as the files that it is about:
///   bytes/INODE  what was in that file when it was last synced, with its time of change
///   names/INODE  what was in that folder when it was last synced: a line "INODE NAME" for each
///   files/INODE  one more name of that file: so its inode stays, and is given to no other
/// Everything here goes around the calls that tests/fault/injector.cpp counts.
class KeptDisk {
 public:
  explicit KeptDisk(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string bytes_of(ino_t inode) const { return path("bytes", inode); }
  [[nodiscard]] std::string names_of(ino_t inode) const { return path("names", inode); }
  [[nodiscard]] std::string file_of(ino_t inode) const { return path("files", inode); }

  /// What this file or folder holds now is durable.
  void keep(int fd) const {
    struct stat st {};
    if (::fstatat(fd, "", &st, AT_EMPTY_PATH) != 0) return;
    const std::string own = "/proc/self/fd/" + std::to_string(fd);
    if (S_ISREG(st.st_mode)) keep_bytes(own, st);
    if (S_ISDIR(st.st_mode)) keep_names(own, st.st_ino);
  }

 private:
  [[nodiscard]] std::string path(const char* kind, ino_t inode) const {
    return folder_ + "/" + kind + "/" + std::to_string(inode);
  }

  void keep_bytes(const std::string& own, const struct stat& st) const {
    std::FILE* const from = std::fopen(own.c_str(), "rb");
    std::FILE* const to = std::fopen(bytes_of(st.st_ino).c_str(), "wb");
    char block[1 << 16];
    for (std::size_t got = 1; from != nullptr && to != nullptr && got > 0;) {
      got = std::fread(block, 1, sizeof(block), from);
      std::fwrite(block, 1, got, to);
    }
    if (from != nullptr) std::fclose(from);
    if (to != nullptr) std::fclose(to);
    const timespec times[2] = {st.st_atim, st.st_mtim};
    ::utimensat(AT_FDCWD, bytes_of(st.st_ino).c_str(), times, 0);
    ::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, file_of(st.st_ino).c_str(), AT_SYMLINK_FOLLOW);
  }

  void keep_names(const std::string& own, ino_t folder) const {
    DIR* const from = ::opendir(own.c_str());
    std::FILE* const to = std::fopen(names_of(folder).c_str(), "wb");
    for (const dirent* entry = nullptr;
         from != nullptr && to != nullptr && (entry = ::readdir(from)) != nullptr;) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      std::fprintf(to, "%lu %s\n", entry->d_ino, name.c_str());
      ::linkat(::dirfd(from), name.c_str(), AT_FDCWD, file_of(entry->d_ino).c_str(), 0);
    }
    if (from != nullptr) ::closedir(from);
    if (to != nullptr) std::fclose(to);
  }

  std::string folder_;
};

}  // namespace latham::test
