// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "media/av.h"

namespace latham::media {

/// What the packets of one stream come to, so that two walks over it can be compared: what was
/// written, and what is read back. Order and a common shift of the timestamps do not matter, since
/// a container may change both.
class StreamTally {
 public:
  void add(const AVPacket& packet, AVRational time_base) noexcept;

  [[nodiscard]] std::int64_t packets() const noexcept { return packets_; }
  /// Where the stream begins, by the packets so far; nothing before a dated one.
  [[nodiscard]] std::optional<std::int64_t> first_us() const noexcept;
  /// As fields of a status line: `packets`; `undated`, those without a timestamp; `time_base`;
  /// `first_us` and `end_us`, where the stream begins and ends; `pts`, a hash of all timestamps.
  void write(std::map<std::string, std::string>& fields) const;

 private:
  std::int64_t packets_ = 0;
  std::int64_t undated_ = 0;
  AVRational time_base_{0, 1};
  std::int64_t first_ = INT64_MAX;
  std::int64_t end_ = INT64_MIN;
  /// Sums of the timestamps' powers 1, 2 and 3, modulo 2^64.
  std::array<std::uint64_t, 3> sums_{};
};

}  // namespace latham::media
