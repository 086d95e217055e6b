// SPDX-License-Identifier: MIT
#pragma once

#include <string>

/// Shared libraries that a process loads when it first needs them, and not at its start: what a large one
/// brings with it costs every process tens of milliseconds (docs/decisions/0020-late-libraries.md).
namespace latham::media {

/// The symbol `name` of `library` ("libavfilter.so.8"), which is loaded for good where it was not.
/// Thread-safety: any thread. Throws std::runtime_error with the loader's reason.
[[nodiscard]] void* late_symbol(const char* library, const char* name);

template <class Function>
[[nodiscard]] Function* late_function(const char* library, const char* name) {
  return reinterpret_cast<Function*>(late_symbol(library, name));
}

/// The folder of a library that the process was linked with, "" where it has none of that name.
[[nodiscard]] std::string folder_of_loaded(const char* library);

}  // namespace latham::media
