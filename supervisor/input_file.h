// SPDX-License-Identifier: MIT
#pragma once

#include "supervisor/job.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// Whether the decoder opens the input itself: addresses (http://, rtsp:), devices and generators
/// (-f lavfi, -f v4l2), numbered images (img%03d.png). Everything else is an ordinary path.
[[nodiscard]] bool decoder_opens(const Input& input);

/// Whether a second look at the input gives the same: a file (`fd`; -1 where the decoder opens it), numbered
/// images, a generator; but no pipe, device or address.
[[nodiscard]] bool is_repeatable(const Input& input, int fd);

/// The path in a name: without a leading "file:".
[[nodiscard]] std::string path_of(const std::string& name);

/// Whether the name begins like an address: "rtsp://", "tcp:", "concat:". A file that exists under
/// that very name is for the caller to look for.
[[nodiscard]] bool has_scheme(const std::string& name);

/// The input, opened for reading, or an empty descriptor where the decoder opens it. May wait for
/// the writer of a FIFO, so call it while Ctrl-C still ends the program. Throws Failure(input).
[[nodiscard]] UniqueFd open_input(const Input& input);

/// An input of a job that has begun.
struct OpenInput {
  std::string name;  ///< As the user gave it.
  UniqueFd fd;       ///< Empty where the decoder opens it.
};

}  // namespace latham::supervisor
