// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/job.h"

namespace latham::supervisor {

/// -h, -help or --help.
[[nodiscard]] bool is_help(std::string_view arg);

/// Whether the arguments ask for help anywhere.
[[nodiscard]] bool wants_help(std::span<const std::string> args);

/// Whether they ask for `--log-format json`, whatever else they hold.
[[nodiscard]] bool wants_json(std::span<const std::string> args);

/// Where the job's lines go: lines of JSON to standard output, unless that is where the film goes;
/// text to standard error.
[[nodiscard]] std::FILE* log_stream(const Job& job);

/// Reads the arguments after `latham transcode`, spelled as ffmpeg spells them:
///
///     {[input options] -i INPUT} {[output options] OUTPUT}
///
/// A file's options stand before its name; -y, -v and their like may stand anywhere. Beyond ffmpeg:
/// an option that only an output can have waits for the next output although an input comes first;
/// behind the name of the only output stand further options of it; and an option that only an input
/// can have may stand anywhere if there is one input. Our own options have two dashes and take
/// `--name value` or `--name=value`. Every other `-name value` is an option of the codec or container
/// of its file and is handed on unread: the stage knows what its codec takes. Throws Failure(usage)
/// with what to write instead.
[[nodiscard]] Job parse_transcode(std::span<const std::string> args);

}  // namespace latham::supervisor
