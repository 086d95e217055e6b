// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "ringbuf/memory.h"

/// A page on which a stage that reads an input says where it is: written by it before each packet, without a
/// system call, and read by the supervisor once it is dead. So nothing here is atomic: while somebody writes
/// nobody reads.
namespace latham::ringbuf {

/// The packet that was handed to a codec last. Its numbers come from another process and are for
/// people and comparisons; nothing is indexed by them.
struct InputPosition {
  static constexpr std::int64_t kUnknown = INT64_MIN;
  /// Counted from 1 over all packets that are decoded, in the order of the file; 0: none yet.
  std::uint64_t packet = 0;
  std::int32_t stream = -1;  ///< -1: no packet, the codecs are emptied at the end.
  std::int32_t reserved = 0;
  std::int64_t time_us = kUnknown;
  std::int64_t byte = kUnknown;  ///< Where it lies in the file, and how long it is.
  std::int64_t bytes = 0;
};

[[nodiscard]] UniqueFd create_input_position();

/// Thread-safety: one thread. Crash: what was stored last stays readable, and whole.
class InputPositionWriter {
 public:
  explicit InputPositionWriter(UniqueFd fd);
  void store(const InputPosition& position) noexcept;

 private:
  Mapping page_;
};

/// For the supervisor, once it has reaped the writer. Throws std::system_error.
[[nodiscard]] InputPosition last_input_position(UniqueFd fd);

}  // namespace latham::ringbuf
