// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "stage/stage.h"

namespace latham::viewer {

struct LiveOptions {
  std::string title;
  long long duration_us = 0;  ///< As the container claims; 0 where unknown.
};

/// Watches a job until its window is closed or the supervisor wants it to stop: the newest frames of
/// one edge, and of a second one, its source, where it was handed over. It takes what it can show in
/// time and skips the rest; nobody waits for it.
stage::Counters watch_job(stage::Stage& stage, const LiveOptions& options);

}  // namespace latham::viewer
