// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "encoder/forced_keys.h"
#include "encoder/frame_sync.h"
#include "encoder/losses.h"
#include "encoder/muxer.h"
#include "encoder/pass_log.h"
#include "encoder/static_hdr.h"
#include "encoder/video_options.h"
#include "media/frame_meta.h"

namespace latham::encoder {

/// Frames to packets: opens the codec with what the first frame says, keeps the rate, encodes, hands
/// the packets to the muxer.
class VideoEncoder {
 public:
  /// `planned`: the stream of the output; both must outlive this.
  VideoEncoder(const VideoOptions& options, PlannedStream& planned, FpsMode mode, Muxer& muxer);

  /// Who hears of what cannot be carried over.
  void on_warning(Muxer::Warn warn) { warn_ = std::move(warn); }

  /// One frame in the muxed stream's order; moved from.
  void encode(AVFrame& frame, const media::StreamNote& note);
  /// The stream ended: the encoder gives what it kept. Safe to call without any frame.
  void finish();
  /// The output ended before the stream: the last frame is not repeated up to the stream's end.
  void cut() noexcept { ended_ = true; }
  /// Nothing is encoded from this time of the output on, microseconds.
  void end_at(std::int64_t end_us) noexcept { end_us_ = std::min(end_us_, end_us); }
  /// Where no frame came the codec is opened with what the source says of its pictures.
  void open_without_frames();

  /// Given to the codec; 1 for one that gathers all of them in one packet.
  [[nodiscard]] std::int64_t frames() const noexcept { return gathers_ ? 1 : frames_; }
  [[nodiscard]] std::int64_t repeated() const noexcept { return sync_ ? sync_->repeated() : 0; }
  [[nodiscard]] std::int64_t dropped() const noexcept { return sync_ ? sync_->dropped() : 0; }
  /// Where the output's next frame would be, microseconds.
  [[nodiscard]] std::int64_t time_us() const;
  /// Of the last picture, in FFmpeg's lambda units; -1 where the encoder does not say.
  [[nodiscard]] std::int64_t quality() const noexcept { return quality_; }
  /// -frames:v or -t is used up: what comes is ignored.
  [[nodiscard]] bool done() const noexcept { return ended_ || full(); }
  /// -frames:v is used up.
  [[nodiscard]] bool full() const noexcept { return sync_ && sync_->full(); }

 private:
  void open(const AVFrame& first, const media::StreamNote& note);
  void open_codec();
  void reopen_codec();
  void encode_picture(AVFrame& picture);
  void begin_segment(std::int64_t pts);
  [[nodiscard]] bool is_constant() const noexcept {
    return mode_ == FpsMode::cfr || mode_ == FpsMode::vscfr;
  }
  [[nodiscard]] double duration_ticks(const AVFrame* frame) const;
  void sync_and_send(AVFrame* frame);
  [[nodiscard]] bool is_past_end() const;
  void end();
  void send(AVFrame* frame);

  const VideoOptions& options_;
  const PlannedStream& planned_;
  media::Dictionary codec_options_;
  FpsMode mode_;
  Muxer& muxer_;
  Muxer::Warn warn_;
  Losses losses_;
  ForcedKeys forced_keys_;
  PassLog pass_log_;  ///< The encoder reads from it.
  media::CodecContext context_;
  bool unused_ = true;  ///< No frame was given to it.
  Segments* segments_;  ///< Of --resumable, or nullptr.
  // What the codec is opened with, each time that it is.
  media::Frame first_;  ///< The first frame without its pixels.
  media::StreamNote first_note_;
  StaticHdr hdr_;
  AVFieldOrder field_order_ = AV_FIELD_UNKNOWN;
  media::StreamNote note_;
  AVRational rate_{0, 1};  ///< Of the output.
  std::optional<FrameSync> sync_;
  media::Trim trim_;
  std::int64_t end_us_ = INT64_MAX;
  bool ended_ = false;  ///< The last frame was repeated as often as it is owed.
  media::Frame last_;   ///< The previous frame, for repetitions.
  media::Packet packet_;
  std::int64_t frames_ = 0;
  std::int64_t packets_ = 0;  ///< That came out of the codec.
  bool gathers_ = false;
  std::int64_t quality_ = 0;
};

}  // namespace latham::encoder
