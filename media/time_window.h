// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "media/av.h"

namespace latham::media {

/// A piece of time in microseconds, as -ss, -t and -to give it for an input or for an output.
struct TimeWindow {
  std::optional<std::int64_t> start;
  std::optional<std::int64_t> duration;

  [[nodiscard]] std::int64_t start_or_zero() const { return start.value_or(0); }
};

/// A time in any of ffmpeg's spellings ("90", "1:30.5", "-0:01", "200ms"), in microseconds. Throws
/// StageFailure(usage) that names `option` for anything else.
[[nodiscard]] std::int64_t parse_time(const std::string& option, const std::string& text);

/// The window of -ss, -t and -to, each empty where not given. -t wins over -to, as in ffmpeg. Throws
/// StageFailure(usage) for a -to that lies before -ss.
[[nodiscard]] TimeWindow read_window(const std::string& ss, const std::string& t,
                                     const std::string& to);

/// What an input's -ss and -t leave of its streams, on the axis of their corrected timestamps.
struct InputSpan {
  TimeWindow window;                    ///< Decoded streams are cut to this.
  std::int64_t copy_start = INT64_MIN;  ///< Copied streams may be asked to begin no earlier.
  /// Copied streams other than pictures begin no earlier: reading began before this for the pictures' sake.
  std::int64_t beside_start = INT64_MIN;
  std::int64_t copy_end = INT64_MAX;  ///< Copied streams end before this.
};

/// Which pictures of a stream lie in a window: what ffmpeg's trim filter does, by timestamps only. The
/// duration counts from the first picture inside.
class Trim {
 public:
  explicit Trim(const TimeWindow& window) : window_(window) {}

  enum class Place : std::uint8_t { before, inside, past };
  /// Where a picture lies; once one was `past`, all are. One without a timestamp lies nowhere.
  [[nodiscard]] Place look(std::int64_t pts, AVRational time_base);
  [[nodiscard]] bool past() const noexcept { return past_; }

 private:
  TimeWindow window_;
  std::int64_t first_ = AV_NOPTS_VALUE;  ///< Timestamp of the first picture inside.
  bool past_ = false;
};

}  // namespace latham::media
