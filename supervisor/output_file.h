// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "supervisor/input_file.h"
#include "supervisor/job.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// Called again and again while we wait for a person or for the reader of a FIFO; ends the wait by
/// throwing.
using WhileWaiting = std::function<void()>;

/// Where the file of this name really goes: a symbolic link stays one, and what it points to is replaced.
[[nodiscard]] std::string final_path(const std::string& path);

/// Where the encoder writes. An ordinary file is written as NAME.part beside it and gets its name
/// by commit(), so that a file under its final name is complete; without commit() the .part is
/// removed. Devices, FIFOs and standard output are written directly. Move-only.
class OutputFile {
 public:
  /// Opens the output, or throws Failure(output): it exists and nobody allowed to overwrite it, its
  /// folder is missing, another latham is writing it, it is one of the inputs.
  /// On a terminal it asks before it overwrites, as ffmpeg does. `own_part`: written there instead of as
  /// NAME.part, over what an earlier run may have left; on the same disk.
  OutputFile(const std::string& name, std::span<const OpenInput> inputs, const Globals& globals,
             const WhileWaiting& while_waiting, const std::string& own_part = {});
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// What it holds now, or nothing where that cannot be known (a FIFO).
  [[nodiscard]] std::optional<std::uint64_t> bytes() const noexcept;
  /// Whether a failed job leaves nothing: the .part goes, while a FIFO keeps what it was given.
  [[nodiscard]] bool replaces() const noexcept { return replace_; }
  [[nodiscard]] bool leaves_nothing() const noexcept { return !part_.empty(); }

  /// The ordinary file once more, for reading from its beginning. Throws std::system_error.
  [[nodiscard]] UniqueFd reopen() const;

  /// Makes the file durable and gives it its name. Throws Failure(output); then it was not written.
  void commit();

 private:
  void open_part(const std::string& part, bool overwrite);
  void open_directly(const std::string& path, bool fifo, const WhileWaiting& while_waiting);

  UniqueFd fd_;
  std::string final_;     ///< Symbolic links followed.
  std::string part_;      ///< Empty when written directly, and after commit().
  bool replace_ = false;  ///< An existing file under the final name may go.
};

}  // namespace latham::supervisor
