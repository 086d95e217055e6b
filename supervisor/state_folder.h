// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "system/unique_fd.h"

namespace latham::supervisor {

/// The folder in which a --resumable job keeps what it has made, for the case that everything dies at any
/// moment. Small files are written under another name, synced and renamed, carry their size and hash, and are
/// never changed. Locked while this lives, its files for as long as anybody has them open. Throws
/// Failure(output) where something cannot be read or written.
class StateFolder {
 public:
  /// Makes it where it is missing; throws where another latham has it.
  explicit StateFolder(std::string path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_new() const noexcept { return is_new_; }
  /// Of everything in it.
  [[nodiscard]] std::vector<std::string> names() const;

  enum class Found : std::uint8_t { nothing, damaged, whole };
  /// A small file: its text where it is whole.
  [[nodiscard]] Found read(const std::string& name, std::string& text) const;
  /// Durable once this returns.
  void write(const std::string& name, std::string_view text) const;

  /// A large file, for reading and writing; made where it is missing. `anew`: empty in any case. Waits a
  /// little for stages that are dying with it.
  [[nodiscard]] UniqueFd open(const std::string& name, bool anew) const;
  /// What was written to it so far is durable once this returns.
  void sync(const std::string& name, int fd) const;

  /// What was made and removed so far is so for good once this returns.
  void sync_names() const;

  /// Removes files of this name where there are any.
  void remove(const std::string& name) const;
  /// Removes the folder itself, unless somebody put something of their own into it.
  void remove_folder() const;

 private:
  [[noreturn]] void refuse_busy() const;
  [[nodiscard]] std::string path_to(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  bool is_new_ = false;
  UniqueFd folder_;
};

}  // namespace latham::supervisor
