// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/unique_fd.h"

namespace latham::supervisor {

/// The folder in which this user's sessions listen, each under its process number:
/// $XDG_RUNTIME_DIR/latham, or /tmp/latham-UID where there is no such directory of ours. Nobody else
/// can enter it, so nobody else can put a socket or a link there.
class RuntimeFolder {
 public:
  /// Makes it where it is missing. Throws std::system_error, or std::runtime_error where something
  /// of that name is not a private folder of ours.
  [[nodiscard]] static RuntimeFolder make();
  /// Nothing where there is none, since no session runs. Throws as make().
  [[nodiscard]] static std::optional<RuntimeFolder> find();

  /// Leads to the session's socket whatever the folder's own path is, and however long.
  [[nodiscard]] sockaddr_un address(pid_t session) const { return address_of(name_of(session)); }
  /// Where a new session binds before it listens: nobody who looks for sessions sees it there, and
  /// takes it for a dead one.
  [[nodiscard]] sockaddr_un new_address(pid_t session) const {
    return address_of(new_name_of(session));
  }
  /// From the one to the other, in the place of a dead session that had our number. Throws.
  void announce(pid_t session) const;
  /// The sessions with a socket here, living or not.
  [[nodiscard]] std::vector<pid_t> sessions() const;
  /// The folder goes with its last session; the next one makes it anew.
  void remove(pid_t session) const noexcept;
  /// What killed sessions could not take with them, those too that died before they were announced.
  /// Throws.
  void remove_dead() const;

 private:
  RuntimeFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  [[nodiscard]] static std::optional<RuntimeFolder> open(const std::string& path);
  static std::string name_of(pid_t session) { return std::to_string(session); }
  static std::string new_name_of(pid_t session) { return name_of(session) + kNew; }
  /// In order, of every entry whose name is a process number and this ending. Throws.
  [[nodiscard]] std::vector<pid_t> numbers_before(std::string_view ending) const;
  [[nodiscard]] sockaddr_un address_of(const std::string& name) const;

  static constexpr const char* kNew = ".new";

  std::string path_;
  UniqueFd fd_;
};

}  // namespace latham::supervisor
