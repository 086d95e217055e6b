// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "supervisor/job.h"

namespace latham::supervisor {

/// Whether the arguments ask for help: -h, -help or --help anywhere.
[[nodiscard]] bool wants_help(std::span<const std::string> args);

/// Reads the arguments after `latham transcode`, spelled as ffmpeg spells them:
///
///     [input options] -i INPUT [output options] OUTPUT
///
/// Options before -i belong to the decoder, those after it to the output; -y, -v and their like may
/// stand anywhere. Our own options have two dashes and take `--name value` or `--name=value`. Every
/// other `-name value` is an option of the codec or container on its side and is handed on unread:
/// the stage knows what its codec takes. Throws Failure(usage) with what to write instead.
[[nodiscard]] Job parse_transcode(std::span<const std::string> args);

}  // namespace latham::supervisor
