// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/time_window.h"

namespace latham::encoder {

/// What the output's options say about time.
struct OutputTime {
  media::TimeWindow window;       ///< -ss, -t, -to
  bool copy_without_key = false;  ///< -copyinkf
  bool copy_before_start = true;  ///< -copypriorss, for packets that are shown before the start.
};

/// Which packets of a copied stream go into the output, decided as ffmpeg decides: from a key frame on, and
/// by where the stream stands, so that a whole number of packets is taken.
class CopyGate {
 public:
  CopyGate(const OutputTime& output, const media::InputSpan& input, AVMediaType type);

  /// `clock_us`: where the stream stands at this packet, microseconds of corrected input time.
  [[nodiscard]] bool admit(const AVPacket& packet, AVRational time_base, std::int64_t clock_us);
  /// Nothing is admitted from this time of the output on, microseconds.
  void end_at(std::int64_t end_us);
  void close() noexcept { ended_ = true; }
  /// Nothing more is admitted.
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  OutputTime output_;
  media::InputSpan input_;
  AVMediaType type_;
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace latham::encoder
