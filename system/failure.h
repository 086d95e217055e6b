// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace latham {

/// What kind of thing went wrong; the user's exit code follows from it.
enum class FailureKind : std::uint8_t {
  usage,      ///< The command line asks for something that does not exist.
  input,      ///< The input cannot be read or decoded.
  output,     ///< The output cannot be written.
  failed,     ///< Anything else.
  neighbour,  ///< A neighbouring stage went away: its own story says why.
  mismatch,   ///< Frames were lost or invented on the way.
};

[[nodiscard]] constexpr std::string_view word(FailureKind kind) noexcept {
  switch (kind) {
    case FailureKind::usage:
      return "usage";
    case FailureKind::input:
      return "input";
    case FailureKind::output:
      return "output";
    case FailureKind::failed:
      return "failed";
    case FailureKind::neighbour:
      return "neighbour";
    case FailureKind::mismatch:
      return "mismatch";
  }
  return "failed";
}

/// Ends a stage with one line for the user: what was tried, on what, what to do.
class StageFailure : public std::runtime_error {
 public:
  StageFailure(FailureKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] FailureKind kind() const noexcept { return kind_; }

 private:
  FailureKind kind_;
};

}  // namespace latham
