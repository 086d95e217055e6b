// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/job.h"

namespace latham::supervisor {

/// Where an option may stand.
enum class Side : std::uint8_t {
  input,   ///< Before -i.
  output,  ///< After -i.
  both,    ///< Either, with a meaning of its own on each side.
  global,  ///< Anywhere.
};

struct ParseState {
  Job job;
  bool copy_all = false;  ///< -c copy was given.
};

/// One option as it was met.
struct Given {
  const std::string& name;   ///< As written, for messages.
  const std::string& value;  ///< Empty for options without one.
  bool before_input;
};

struct Option {
  std::string_view name;  ///< With its dashes.
  bool takes_value;
  Side side;
  void (*apply)(ParseState& state, const Given& given);
};

/// The option of that name, or nullptr. Names are exact.
[[nodiscard]] const Option* find_option(std::string_view name);

/// All names that begin with exactly these dashes.
[[nodiscard]] std::span<const std::string_view> option_names(std::string_view dashes);

/// Why an option of ffmpeg is refused, or nothing: those that would otherwise be taken for a
/// codec's option and swallow the next word, or be silently without effect.
[[nodiscard]] std::optional<std::string_view> unsupported(std::string_view name);

}  // namespace latham::supervisor
