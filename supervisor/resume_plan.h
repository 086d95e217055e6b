// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/input_file.h"
#include "supervisor/job.h"

namespace latham::supervisor {

/// Something on which the bits of an output depend.
struct Fact {
  std::string name;  ///< For messages: "the options of the output".
  std::string value;
};
/// All of them that we know of, always in the same order.
using ResumePlan = std::vector<Fact>;

/// `inputs`: in the job's order. `libraries`: as the encoder names them.
[[nodiscard]] ResumePlan resume_plan(const Job& job, std::size_t output,
                                     std::span<const OpenInput> inputs,
                                     const std::string& libraries);

/// A line for each fact.
[[nodiscard]] std::string text_of(const ResumePlan& plan);

/// The first fact that is another one in the text, and what it is there, for the user; nothing where they are
/// the same.
[[nodiscard]] std::optional<std::string> difference(const ResumePlan& plan, std::string_view text);

/// What tells a file from another one, without reading it: its number, size and time of change. Nothing
/// where there is no ordinary file. `numbered`: with its number, which a copy has not.
[[nodiscard]] std::optional<std::string> identity_of(int fd, bool numbered);

}  // namespace latham::supervisor
