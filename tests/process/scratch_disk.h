// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <string>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// A small disk of one's own, seen by this process and its children only. Needs root.
class ScratchDisk {
 public:
  /// `options` as for mount -o: "size=64k", "ro".
  explicit ScratchDisk(const std::string& options, bool read_only = false) {
    if (::unshare(CLONE_NEWNS) != 0) return;
    // Else a mount made here would be seen outside.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs",
                       static_cast<unsigned long>(read_only ? MS_RDONLY : 0), options.c_str()) == 0;
  }
  ScratchDisk(const ScratchDisk&) = delete;
  ScratchDisk& operator=(const ScratchDisk&) = delete;
  ~ScratchDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  /// False where this user may not mount.
  [[nodiscard]] bool mounted() const noexcept { return mounted_; }
  [[nodiscard]] const std::string& path() const noexcept { return folder_.path(); }

 private:
  TempDir folder_;
  bool mounted_ = false;
};

}  // namespace latham::test
