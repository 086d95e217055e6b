// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "decoder/kept_frames.h"
#include "decoder/options.h"
#include "decoder/slot_buffers.h"
#include "decoder/video_decoder.h"
#include "media/frame_wire.h"
#include "stage/stage.h"

namespace latham::decoder {

/// One picture stream of the input on its way to its edges: decoded once, published on each.
class VideoTrack {
 public:
  /// `outs`: where the frames go, at least one; must outlive this. `pooled`: the pictures of codecs with
  /// memory of their own may lie in the first one's (one track in a process). Throws StageFailure(input)
  /// where there is no decoder or it does not open.
  VideoTrack(stage::Stage& stage, Source& source, const Options& options,
             std::vector<stage::FrameOut*> outs, bool pooled);
  VideoTrack(const VideoTrack&) = delete;
  VideoTrack& operator=(const VideoTrack&) = delete;

  [[nodiscard]] int stream() const noexcept { return outs_.front()->stream; }
  /// False while the consumers should catch up first.
  [[nodiscard]] bool ready() const noexcept;

  /// Damage is counted; with -xerror it throws StageFailure(input).
  void decode(const AVPacket& packet);
  /// Takes out what the codec still keeps.
  void drain();
  /// After drain(), where the input starts again.
  void flush() { codec_.flush(); }
  /// The stream is whole. Throws StageFailure(input) where it held no picture, unless it was `stopped`.
  /// `alone`: nothing else of the input was given on either, so that without a picture between -ss and -t
  /// there is nothing; else that is only told.
  void end(bool stopped, bool alone);
  [[nodiscard]] bool drained() const noexcept;

  [[nodiscard]] const DecodeCounts& counts() const noexcept { return codec_.counts(); }
  /// On its edges, by predecessors and now.
  [[nodiscard]] std::int64_t published() const noexcept { return published_; }
  /// Frames that predecessors have published and that are still to be made once more.
  [[nodiscard]] std::int64_t behind() const noexcept;
  /// Frames outside of the input's -ss and -t.
  [[nodiscard]] std::int64_t trimmed() const noexcept { return trimmed_; }
  /// Frames that do not come after the one before.
  [[nodiscard]] std::int64_t disordered() const noexcept { return disordered_; }
  [[nodiscard]] transport::CopyCount copied() const noexcept;
  [[nodiscard]] std::int64_t time_us() const noexcept { return time_us_; }

 private:
  [[nodiscard]] std::int64_t behind(const stage::FrameOut& out) const noexcept;
  void cut(AVFrame& frame, const media::StreamNote& note);
  void publish_waiting();
  void publish(AVFrame& frame, const media::StreamNote& note);
  void send(media::FrameWriter& writer, transport::FrameSender& sender, AVFrame& frame,
            const media::StreamNote& note);

  stage::Stage& stage_;
  const Options& options_;
  std::vector<stage::FrameOut*> outs_;
  VideoDecoder codec_;
  SlotBuffers buffers_;
  std::deque<media::FrameWriter> writers_;  ///< One for each of outs_.
  bool own_buffers_;
  std::vector<KeptFrames> kept_;  ///< One for each consumer.
  media::TimeWindow window_;
  media::Trim trim_{window_};
  media::Frame waiting_ = media::make_frame();  ///< With -t: the frame before the newest.
  media::StreamNote waiting_note_;
  std::int64_t trimmed_ = 0;
  std::optional<std::int64_t> length_us_;  ///< Of the input, as it claims.
  std::int64_t published_ = 0;
  std::int64_t disordered_ = 0;
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  std::int64_t time_us_ = 0;
};

}  // namespace latham::decoder
