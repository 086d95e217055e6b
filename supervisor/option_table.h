// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/job.h"

namespace latham::supervisor {

/// One option as it was met.
struct Given {
  std::string name;   ///< As written, for messages.
  std::string value;  ///< Empty for a switch.
};

/// An option that belongs to no file and may stand anywhere.
struct GlobalOption {
  std::string_view name;  ///< With its dashes.
  bool takes_value;
  void (*apply)(Globals& globals, const Given& given);
};

enum class Streams : std::uint8_t {
  none,  ///< Of the file as a whole.
  some,  ///< May carry a stream specifier: -c:v, -c:a:1.
};

/// An option of a file. It is handed on to the stage that reads or writes the file.
struct FileOptionRow {
  std::string_view name;  ///< With its dash, without a specifier that the user may choose.
  bool takes_value;
  Streams streams;
  /// What it is called there, without the dash; empty where it means nothing on that side.
  std::string_view of_input;
  std::string_view of_output;
  /// Checks what can be checked without FFmpeg and gives the value to hand on; nullptr: as it is.
  std::string (*read)(const Given& given);
};

[[nodiscard]] std::span<const GlobalOption> global_options();
[[nodiscard]] std::span<const FileOptionRow> file_options();

/// The global option of exactly that name, or nullptr.
[[nodiscard]] const GlobalOption* find_global(std::string_view name);

struct FoundFileOption {
  const FileOptionRow* row = nullptr;
  std::string_view specifier;  ///< What the user added, with its colon; empty for none.
};
/// The file option of that name, a stream specifier behind it included; nothing for an unknown one.
[[nodiscard]] std::optional<FoundFileOption> find_file_option(std::string_view name);

/// All names that begin with exactly these dashes.
[[nodiscard]] std::span<const std::string_view> option_names(std::string_view dashes);

/// Why an option of ffmpeg is refused, or nothing: those that would otherwise be taken for a
/// codec's option and swallow the next word, or be silently without effect.
[[nodiscard]] std::optional<std::string_view> unsupported(std::string_view name);

/// Throws Failure(usage): the option, its value, and what it must be.
[[noreturn]] void refuse_value(const Given& given, std::string_view expected);
/// The value as a whole number between the two, or refuse_value().
[[nodiscard]] std::int64_t whole_number(const Given& given, std::int64_t least, std::int64_t most,
                                        std::string_view expected);

}  // namespace latham::supervisor
