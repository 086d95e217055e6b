// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "media/av.h"

namespace latham::encoder {

/// How frames become a stream of a certain rate; ffmpeg's -fps_mode.
enum class FpsMode : std::uint8_t {
  passthrough,  ///< Every frame with its own timestamp.
  cfr,          ///< Repeated and dropped to a constant rate.
  vscfr,        ///< As cfr, but the first frame is not repeated to fill a late start.
  vfr,          ///< Dropped only where two would share a timestamp.
  drop,         ///< As passthrough, and the muxer makes the timestamps.
};

/// -fps_mode's words; nothing for an unknown one. `auto` follows the container, as ffmpeg does.
[[nodiscard]] std::optional<FpsMode> fps_mode(const std::string& word, const AVOutputFormat& format,
                                              bool may_start_late);

/// Decides for each frame how often it and its predecessor are encoded, and when. Pure arithmetic,
/// the same as ffmpeg 5.1's so that the packets are the same.
class FrameSync {
 public:
  /// `start_us`: where the output begins on the axis of the frames' timestamps.
  FrameSync(FpsMode mode, AVRational encoder_time_base, std::int64_t most_frames,
            std::int64_t start_us = 0)
      : mode_(mode),
        time_base_(encoder_time_base),
        most_frames_(most_frames),
        start_us_(start_us) {}

  struct Decision {
    std::int64_t frames = 0;    ///< To encode now, each at next_pts() and one tick on.
    std::int64_t previous = 0;  ///< The first so many of them show the previous frame.
    double duration = 0;  ///< Of the frame, less what the one before has of it; encoder ticks.
  };

  /// The exact timestamp of `pts` in encoder ticks; see next().
  [[nodiscard]] double exact(std::int64_t pts, AVRational time_base) const;

  /// `exact_pts`: from exact(); `duration`: of the frame, in encoder ticks. Without a frame (the end
  /// of the stream) pass nothing: the last frame may be owed repetitions.
  Decision next(std::optional<double> exact_pts, double duration);

  /// Timestamp of the next frame to encode, in encoder ticks.
  [[nodiscard]] std::int64_t next_pts() const noexcept { return next_pts_; }
  /// A frame was encoded.
  void encoded() noexcept {
    ++next_pts_;
    ++encoded_;
  }

  /// The newest frame is not among those to encode.
  [[nodiscard]] bool last_dropped() const noexcept { return last_dropped_; }

  [[nodiscard]] std::int64_t repeated() const noexcept { return repeated_; }
  [[nodiscard]] std::int64_t dropped() const noexcept { return dropped_; }
  /// Frames that the limit of frames kept out.
  [[nodiscard]] bool full() const noexcept { return encoded_ >= most_frames_; }

 private:
  Decision decide(double exact_pts, double duration);

  FpsMode mode_;
  AVRational time_base_;
  std::int64_t most_frames_;
  std::int64_t start_us_;
  std::int64_t next_pts_ = 0;
  std::int64_t encoded_ = 0;
  std::int64_t recent_previous_[3] = {0, 0, 0};
  bool last_dropped_ = false;
  std::int64_t repeated_ = 0;
  std::int64_t dropped_ = 0;
};

}  // namespace latham::encoder
