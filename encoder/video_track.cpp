// SPDX-License-Identifier: MIT
#include "encoder/video_track.h"

#include <fmt/format.h>

#include <utility>

#include "media/frame_wire.h"
#include "stage/channel_end.h"
#include "system/failure.h"

namespace latham::encoder {

VideoTrack::VideoTrack(const VideoOptions& options, PlannedStream& planned, FpsMode mode,
                       transport::FrameReceiver& in, const FrameLimit& limit, Muxer& muxer)
    : in_(in),
      conform_(options.accepted_formats, media::encoder_colours(*planned.encoder)),
      encoder_(options, planned, mode, muxer),
      frame_(media::make_frame()),
      planned_(planned),
      limit_(limit),
      muxer_(muxer),
      place_{planned.input, 0} {}

bool VideoTrack::take() {
  if (ended_) return false;
  transport::IncomingFrame incoming;
  if (!kept_.empty()) {
    incoming = std::move(kept_.front());
    kept_.pop_front();
  } else if (!receive(incoming)) {
    if (!whole_) return false;
    finish();
    return true;
  }
  ++frames_in_;
  note_ = {};
  media::wrap(std::move(incoming), *frame_, note_);
  if (frame_->pts != AV_NOPTS_VALUE)
    time_us_ = av_rescale_q(frame_->pts, note_.time_base, AV_TIME_BASE_Q);
  place_.packets_read = note_.packets_read;
  return true;
}

bool VideoTrack::keep() {
  transport::IncomingFrame incoming;
  if (!receive(incoming)) return false;
  kept_.push_back(std::move(incoming));
  return true;
}

bool VideoTrack::receive(transport::IncomingFrame& frame) {
  if (whole_) return false;
  const transport::Status status = in_.receive(frame);
  whole_ = status == transport::Status::end;
  if (status == transport::Status::again || whole_) return false;
  if (status != transport::Status::ok)
    stage::throw_not_taken(status, "frames", frames_in_ + static_cast<std::int64_t>(kept_.size()));
  return true;
}

void VideoTrack::encode() {
  if (ended_) return;
  muxer_.at(place_);
  if (!encoder_.done() && limit_.lets_in(place_))
    conform_.push(*frame_, note_, [this](AVFrame& frame, const media::StreamNote& n) {
      encoder_.encode(frame, n);
    });
  av_frame_unref(frame_.get());
}

void VideoTrack::finish() {
  if (std::exchange(ended_, true)) return;
  muxer_.at(place_);
  conform_.finish(
      [this](AVFrame& frame, const media::StreamNote& note) { encoder_.encode(frame, note); });
  encoder_.finish();
}

transport::CopyCount VideoTrack::copied() const noexcept {
  transport::CopyCount copied = in_.copied();
  copied.frames += static_cast<std::uint64_t>(conform_.converted());
  return copied;
}

}  // namespace latham::encoder
