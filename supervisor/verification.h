// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/failure.h"
#include "supervisor/job.h"
#include "supervisor/verdict.h"

namespace latham::supervisor {

/// The job that reads a finished output once more: all of its streams are read, pictures and sound
/// decoded, and nothing is written. It runs as any other, in processes of its own.
[[nodiscard]] Job verification_job(const Output& output, const Globals& globals);

/// What --verify found of a good file.
struct Verified {
  std::int64_t frames = 0;                   ///< Decoded.
  std::int64_t streams = 0;                  ///< Found as they were written.
  std::optional<std::int64_t> av_offset_us;  ///< The first sound's begin against the picture's.
};

/// Compares what the encoder says that it wrote with what the decoder says that it read back:
/// streams, frames, timestamps, lengths, and where the streams begin against the picture. `file` is
/// for messages. Throws Failure(mismatch) with the first difference.
[[nodiscard]] Verified compare_with_written(const std::string& file, const StageCounts& written,
                                            const StageCounts& read);

/// The failure of a file that could not be read back at all.
[[nodiscard]] Failure not_verified(const std::string& file, const std::string& reason);

}  // namespace latham::supervisor
