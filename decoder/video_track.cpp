// SPDX-License-Identifier: MIT
#include "decoder/video_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stage/channel_end.h"
#include "system/failure.h"

namespace latham::decoder {

VideoTrack::VideoTrack(stage::Stage& stage, Source& source, const Options& options,
                       std::vector<stage::FrameOut*> outs, bool pooled)
    : stage_(stage),
      options_(options),
      outs_(std::move(outs)),
      codec_(source, outs_.front()->stream, options.video),
      buffers_(codec_.context(), *outs_.front()->sender, pooled),
      own_buffers_(SlotBuffers::shows_old_pictures(codec_.context())),
      window_(source.time().span.window) {
  if (source.format().duration > 0) length_us_ = source.format().duration;
  for (const stage::FrameOut* out : outs_) {
    writers_.emplace_back(*out->sender);
    for (const std::string& filter : out->filters) kept_.emplace_back(filter);
  }
  codec_.open();
}

bool VideoTrack::ready() const noexcept {
  return std::all_of(outs_.begin(), outs_.end(),
                     [](const stage::FrameOut* out) { return out->sender->ready(); });
}

void VideoTrack::decode(const AVPacket& packet) {
  codec_.decode(packet,
                [this](AVFrame& frame, const media::StreamNote& note) { cut(frame, note); });
  if (options_.stop_at_errors && counts().errors > 0)
    throw StageFailure(
        FailureKind::input,
        fmt::format("decode '{}': damaged after frame {} ({}), and -xerror was given",
                    options_.source.name, counts().frames, codec_.last_error()));
}

void VideoTrack::drain() {
  codec_.drain([this](AVFrame& frame, const media::StreamNote& note) { cut(frame, note); });
}

/// Publishes what lies between -ss and -t. With -t the last frame must say where the first one past
/// the end stood, as filters repeat frames up to there: so each waits for the next.
void VideoTrack::cut(AVFrame& frame, const media::StreamNote& note) {
  if (frame.pts != AV_NOPTS_VALUE && frame.pts <= std::exchange(last_pts_, frame.pts))
    ++disordered_;
  if (frame.pts != AV_NOPTS_VALUE)
    time_us_ = av_rescale_q(frame.pts, note.time_base, {1, AV_TIME_BASE});
  const bool was_past = trim_.past();
  const media::Trim::Place place = trim_.look(frame.pts, note.time_base);
  if (place != media::Trim::Place::inside) {
    ++trimmed_;
    if (place == media::Trim::Place::before || was_past) return;
    waiting_note_.end_time_us = time_us_;
    publish_waiting();
    return;
  }
  if (own_buffers_) {
    // At once: a frame that waits must not keep one of FFmpeg's buffers, which ffmpeg would not.
    for (KeptFrames& kept : kept_) kept.push(frame, note.time_base);
    buffers_.copy_out(codec_.context(), frame);
  }
  if (window_.duration) {
    publish_waiting();
    av_frame_move_ref(waiting_.get(), &frame);
    waiting_note_ = note;
  } else {
    publish(frame, note);
  }
}

void VideoTrack::publish_waiting() {
  if (waiting_->buf[0] == nullptr) return;
  publish(*waiting_, waiting_note_);
  av_frame_unref(waiting_.get());
}

void VideoTrack::publish(AVFrame& frame, const media::StreamNote& note) {
  ++published_;
  for (std::size_t i = 0; i < outs_.size(); ++i) {
    if (behind(*outs_[i]) >= 0) continue;  // a predecessor has given it
    if (i + 1 == outs_.size()) {
      send(writers_[i], *outs_[i]->sender, frame, note);
      break;
    }
    media::Frame copy = media::make_frame();
    if (av_frame_ref(copy.get(), &frame) < 0) throw std::bad_alloc();
    send(writers_[i], *outs_[i]->sender, *copy, note);
  }
}

std::int64_t VideoTrack::behind() const noexcept {
  std::int64_t most = 0;
  for (const stage::FrameOut* out : outs_) most = std::max(most, behind(*out));
  return most;
}

std::int64_t VideoTrack::behind(const stage::FrameOut& out) const noexcept {
  return static_cast<std::int64_t>(out.published_before) - published_;
}

void VideoTrack::send(media::FrameWriter& writer, transport::FrameSender& sender, AVFrame& frame,
                      const media::StreamNote& note) {
  const transport::Status status = stage::send_all(
      stage_, sender, [&] { return writer.write(frame, note, 0); }, [&] { return writer.flush(); });
  if (status != transport::Status::ok)
    stage::throw_not_sent(status, fmt::format("a frame of {}x{} (frame {})", codec_.context().width,
                                              codec_.context().height, counts().frames));
  stage::warn_of_losses(stage_, writer.take_losses());
}

void VideoTrack::end(bool stopped, bool alone) {
  publish_waiting();
  const DecodeCounts& c = counts();
  if (published_ == 0 && window_.start && !stopped) {
    const std::string what = fmt::format(
        "decode '{}': no picture of stream {} at or after -ss ({:.3f} s){}", options_.source.name,
        stream(), static_cast<double>(options_.source.time.window.start_or_zero()) / AV_TIME_BASE,
        length_us_ ? fmt::format("; the input lasts {:.3f} s",
                                 static_cast<double>(*length_us_) / AV_TIME_BASE)
                   : "");
    if (alone) throw StageFailure(FailureKind::input, what);
    stage_.status().warning(what + "; the other streams are kept");
  } else if (c.frames == 0 && !stopped) {
    throw StageFailure(
        FailureKind::input,
        fmt::format("decode '{}': no picture could be decoded from {} packets ({})",
                    options_.source.name, c.packets,
                    codec_.last_error().empty() ? "the file is cut short, encrypted or damaged"
                                                : codec_.last_error()));
  }
  if (c.errors > 0)
    stage_.status().warning(
        fmt::format("'{}' is damaged: {} errors in {} packets, decoded what could be decoded",
                    options_.source.name, c.errors, c.packets));
  for (const stage::FrameOut* out : outs_) out->sender->end();
}

bool VideoTrack::drained() const noexcept {
  return std::all_of(outs_.begin(), outs_.end(),
                     [](const stage::FrameOut* out) { return out->sender->drained(); });
}

transport::CopyCount VideoTrack::copied() const noexcept {
  transport::CopyCount sum = buffers_.copied();
  for (const stage::FrameOut* out : outs_) {
    const transport::CopyCount here = out->sender->copied();
    sum.frames += here.frames;
    sum.bytes += here.bytes;
  }
  return sum;
}

}  // namespace latham::decoder
