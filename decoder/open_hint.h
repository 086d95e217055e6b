// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "system/failure.h"

namespace latham::decoder {

/// Why an input could not be opened and what to do: FFmpeg's code is often "Invalid data found when processing
/// input". `said`: FFmpeg's last word on it, or "".
[[nodiscard]] std::string why_not_opened(int code, const std::string& said);
/// Whether it is the input's fault, or that of an option's value.
[[nodiscard]] FailureKind kind_of_refusal(const std::string& said);

}  // namespace latham::decoder
