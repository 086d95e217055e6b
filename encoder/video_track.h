// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "encoder/conform.h"
#include "encoder/frame_sync.h"
#include "encoder/video_encoder.h"
#include "encoder/video_options.h"
#include "transport/channel.h"

namespace latham::encoder {

/// One picture stream on its way from its edge to the muxer.
class VideoTrack {
 public:
  /// All must outlive this. `in`: the end of its edge.
  VideoTrack(const VideoOptions& options, PlannedStream& planned, FpsMode mode,
             transport::FrameReceiver& in, Muxer& muxer);
  VideoTrack(const VideoTrack&) = delete;
  VideoTrack& operator=(const VideoTrack&) = delete;

  [[nodiscard]] std::size_t input() const noexcept { return input_; }
  void on_warning(Muxer::Warn warn) { encoder_.on_warning(std::move(warn)); }

  /// Takes one frame, or the end; false where nothing is there.
  [[nodiscard]] bool take();
  /// The end before its edge's: nothing more is wanted.
  void finish();
  /// After finish(): the stream becomes one without packets, where it had no frame. The output's header
  /// waits for every stream.
  void open_without_frames() { encoder_.open_without_frames(); }
  [[nodiscard]] bool ready() const { return !ended_ && in_.ready(); }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] bool done() const noexcept { return encoder_.done(); }

  [[nodiscard]] std::int64_t frames_in() const noexcept { return frames_in_; }
  /// Of the newest frame that was taken, microseconds; INT64_MIN before.
  [[nodiscard]] std::int64_t time_us() const noexcept { return time_us_; }
  /// See VideoEncoder::end_at().
  void end_at(std::int64_t end_us) { encoder_.end_at(end_us); }
  [[nodiscard]] const VideoEncoder& encoder() const noexcept { return encoder_; }
  [[nodiscard]] transport::CopyCount copied() const noexcept;
  [[nodiscard]] std::int64_t held() const noexcept { return in_.held(); }

 private:
  transport::FrameReceiver& in_;
  Conform conform_;
  VideoEncoder encoder_;
  media::Frame frame_;
  std::size_t input_;
  std::int64_t frames_in_ = 0;
  std::int64_t time_us_ = INT64_MIN;
  bool ended_ = false;
};

/// Throws what the end of a channel that is not its stream's end means.
[[noreturn]] void throw_lost(transport::Status status, const std::string& what,
                             std::int64_t frames_in);

}  // namespace latham::encoder
