// SPDX-License-Identifier: MIT
#pragma once

#include <climits>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace latham::control {

/// One line of the control pipe, the status pipe or the link socket:
///
///     WORD [key=value]... [:free text to the end of the line]\n
///
/// WORD is [a-z][a-z0-9-]*, a key is [a-z][a-z0-9_]*, values and text are percent-encoded where they hold
/// control characters or '%' (values also where they hold a space or start with ':'). A line is at most PIPE_BUF (4096) bytes with
/// its newline and is written by one write, so lines from several writers never interleave; text that
/// would not fit is cut at a character's edge, and a line whose fields alone do not fit throws std::length_error.
struct Message {
  std::string word;
  std::map<std::string, std::string> fields;
  std::string text;

  /// The field, or `fallback` where it is absent.
  [[nodiscard]] std::string get(const std::string& key, std::string_view fallback = "") const;
  /// The field as a number, or nothing where it is absent, malformed or out of range.
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& key) const;
};

inline constexpr std::size_t kMaxLine = 4096;
static_assert(kMaxLine <= PIPE_BUF, "a line must be one atomic write");

/// The line for `message`, newline included.
[[nodiscard]] std::string format(const Message& message);

/// The message of one line (without its newline), or nothing where it breaks any rule above: unknown
/// characters, a repeated key, a broken percent escape, too long. Never throws for any input.
[[nodiscard]] std::optional<Message> parse(std::string_view line);

}  // namespace latham::control
