// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "encoder/conform.h"
#include "encoder/frame_limit.h"
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
             transport::FrameReceiver& in, const FrameLimit& limit, Muxer& muxer);
  VideoTrack(const VideoTrack&) = delete;
  VideoTrack& operator=(const VideoTrack&) = delete;

  /// In the output.
  [[nodiscard]] int stream() const noexcept { return planned_.index; }
  /// By -frames:v.
  [[nodiscard]] bool limited() const noexcept { return planned_.most_packets != INT64_MAX; }
  [[nodiscard]] std::size_t input() const noexcept { return place_.input; }
  void on_warning(Muxer::Warn warn) { encoder_.on_warning(std::move(warn)); }

  /// Takes one frame, for encode(), or the end; false where nothing is there.
  [[nodiscard]] bool take();
  /// Takes one frame off the edge, which waits here for its turn; false where none is there, but perhaps the end.
  /// Those that wait are held, so most of them come to lie in memory of our own.
  [[nodiscard]] bool keep();
  [[nodiscard]] bool can_keep() const { return !whole_ && in_.ready(); }
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }
  /// The frame that was taken, if it belongs into the output.
  void encode();
  /// The end before its edge's: nothing more is wanted.
  void finish();
  /// See VideoEncoder::cut(): before finish().
  void cut() noexcept { encoder_.cut(); }
  /// After finish(): the stream becomes one without packets, where it had no frame. The output's header
  /// waits for every stream.
  void open_without_frames() { encoder_.open_without_frames(); }
  [[nodiscard]] bool ready() const { return !ended_ && (!kept_.empty() || whole_ || in_.ready()); }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] bool done() const noexcept { return encoder_.done(); }

  [[nodiscard]] std::int64_t frames_in() const noexcept { return frames_in_; }
  /// Where the decoder gave the newest frame that was taken; before the first one, at its beginning.
  [[nodiscard]] const Place& place() const noexcept { return place_; }
  /// Of the newest frame that was taken, microseconds; INT64_MIN before.
  [[nodiscard]] std::int64_t time_us() const noexcept { return time_us_; }
  /// See VideoEncoder::end_at().
  void end_at(std::int64_t end_us) { encoder_.end_at(end_us); }
  [[nodiscard]] const VideoEncoder& encoder() const noexcept { return encoder_; }
  [[nodiscard]] transport::CopyCount copied() const noexcept;
  [[nodiscard]] std::int64_t held() const noexcept { return in_.held(); }

 private:
  /// False where nothing is there, or the end, which is then noted.
  bool receive(transport::IncomingFrame& frame);

  transport::FrameReceiver& in_;
  std::deque<transport::IncomingFrame> kept_;
  bool whole_ = false;  ///< The edge's end has come.
  Conform conform_;
  VideoEncoder encoder_;
  media::Frame frame_;  ///< Between take() and encode().
  media::StreamNote note_;
  const PlannedStream& planned_;
  const FrameLimit& limit_;
  Muxer& muxer_;
  Place place_;
  std::int64_t frames_in_ = 0;
  std::int64_t time_us_ = INT64_MIN;
  bool ended_ = false;
};

}  // namespace latham::encoder
