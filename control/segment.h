// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/message.h"

namespace latham::control {

/// A piece of an encoded picture stream that decodes by itself and lies whole in its spool. An encoder says
/// it, the supervisor keeps it on disk, and another encoder is told of it.
struct Segment {
  std::int64_t stream = 0;  ///< Of the output.
  std::int64_t number = 0;  ///< In its stream, rising, not always by one.
  std::int64_t offset = 0;  ///< In the spool, bytes.
  std::int64_t bytes = 0;
  std::int64_t packets = 0;
  std::string hash;  ///< XXH3 of its bytes, 16 hexadecimal digits.

  bool operator==(const Segment&) const = default;
};

[[nodiscard]] Message segment_message(const Segment& segment);
/// Nothing where it is no segment: another word, missing fields, numbers that cannot be.
[[nodiscard]] std::optional<Segment> segment_from(const Message& message);

}  // namespace latham::control
