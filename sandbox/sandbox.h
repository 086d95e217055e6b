// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

/// Takes from a process whatever it does not need before it looks at input that may be hostile. Every
/// step is the kernel's and cannot be undone: docs/decisions/0012-sandbox.md.
namespace latham::sandbox {

/// What a stage needs beyond the descriptors that it is handed. Most need nothing: no file, no network.
/// In no case may it run a program, look into another process or send it a signal.
struct Access {
  bool read_files = false;  ///< Any file that the user may read: playlists, fonts, numbered images.
  bool write_files = false;  ///< And write, make, rename: image sequences, segments, statistics.
  bool network = false;      ///< Addresses, and what name look-up and certificates read.
  bool local_sockets =
      false;  ///< Sockets of this machine by name (unix:), and so all its services.
  bool devices =
      false;  ///< Cameras, screens, graphics drivers: everything but what is never allowed.
};

/// Called in the thread that made a refused system call, just before the process ends with exit code 1.
/// Only what is async-signal-safe is allowed. `name` is "" for a number that nobody knows.
using OnViolation = void (*)(int number, const char* name);

/// Confines this process, for good. Before it starts a thread: the file rules are each thread's own.
/// Throws std::system_error where the kernel has a part of it and refuses to put it on; parts that it
/// has not got are left out (support()). Does nothing in a build with sanitizers.
void enter(const Access& access, OnViolation on_violation);

/// Whether a process inside may still load shared libraries from `folder`.
[[nodiscard]] bool can_load_from(const std::string& folder);

/// One part of the sandbox and what this kernel does about it.
struct Support {
  std::string part;
  bool there = false;
  std::string remark;  ///< What is lost without it, or which version there is.
};
/// For `latham doctor`. Changes nothing.
[[nodiscard]] std::vector<Support> support();

}  // namespace latham::sandbox
