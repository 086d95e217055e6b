// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "bench/report.h"
#include "bench/transcode_bench.h"

namespace latham::bench {

[[nodiscard]] Table transcode_table(const std::vector<TranscodeRow>& rows);
[[nodiscard]] nlohmann::json transcode_json(const std::vector<TranscodeRow>& rows);
[[nodiscard]] std::vector<Plot> transcode_plots(const std::vector<TranscodeRow>& rows);

}  // namespace latham::bench
