// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "supervisor/progress.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// One block of ffmpeg 5.1's -progress: its keys, its order, its number formats. What is not known
/// is N/A; out_time_ms holds microseconds, as there.
[[nodiscard]] std::string progress_block(const Progress& progress);

/// Where -progress goes: a file, `pipe:N` (a descriptor that we were born with), `-` for standard
/// output, `unix:PATH` or `tcp://HOST:PORT`. A reader that does not keep up loses blocks and never
/// holds up the job; the last block waits for it for two seconds at most. Move-only.
class ProgressFile {
 public:
  /// Throws Failure(output), or Failure(usage) for an address of another kind.
  explicit ProgressFile(const std::string& target);

  /// False once the reader is gone; later blocks are dropped.
  bool write(const Progress& progress) noexcept;

 private:
  UniqueFd fd_;
};

}  // namespace latham::supervisor
