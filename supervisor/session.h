// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>

#include "supervisor/job.h"

namespace latham::supervisor {

/// Runs one transcode from its first file to its verdict: starts the stages that lie in `folder`,
/// joins them, watches them, checks their counts and gives the output its name. Everything that the
/// user reads goes to `out`. Returns the exit code of a job whose output is whole (0, or 128 + the
/// signal that made it end early); throws Failure for every other, when nothing of it is left.
[[nodiscard]] int run_transcode(const Job& job, const std::string& folder, std::FILE* out);

}  // namespace latham::supervisor
