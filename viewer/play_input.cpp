// SPDX-License-Identifier: MIT
#include "viewer/play_input.h"

#include <utility>

#include "system/failure.h"

namespace latham::viewer {
namespace {

/// Waiting here. More is left in the packet ring, and holds up the decoder.
constexpr std::size_t kMostSound = 2000;

stage::Wiring& joined(stage::Wiring& wiring) {
  if (wiring.in() == nullptr || wiring.packets_in().empty())
    throw StageFailure(FailureKind::failed, "play a file: no decoder was joined");
  return wiring;
}

}  // namespace

PlayInput::PlayInput(stage::Stage& stage, stage::Wiring& wiring)
    : stage_(stage),
      feed_(*joined(wiring).in()),
      messages_(*wiring.packets_in().front().receiver) {}

void PlayInput::seek(const Place& place, const std::map<std::string, std::string>& wishes) {
  ++asked_;
  control::Message request{"request",
                           {{"what", "seek"},
                            {"time_us", std::to_string(place.time_us)},
                            {"number", std::to_string(asked_)}},
                           {}};
  if (place.before) request.fields.emplace("before", std::string(1, '1'));
  request.fields.insert(wishes.begin(), wishes.end());
  stage_.status().say(request);
  sound_.clear();
  subtitles_.clear();
  sound_from_us_ = INT64_MIN;
  at_end_ = false;
}

bool PlayInput::has_message() const {
  return sound_.size() < kMostSound && messages_.ready();
}

void PlayInput::receive() {
  while (sound_.size() < kMostSound) {
    switch (messages_.receive(message_)) {
      case transport::Status::ok:
        break;
      case transport::Status::again:
      case transport::Status::end:
        return;
      default:
        throw StageFailure(FailureKind::neighbour, "take sound or subtitles: the decoder is gone");
    }
    take_message();
  }
}

void PlayInput::take_message() {
  switch (media::kind_of(message_)) {
    case media::MessageKind::audio:
      take_sound();
      break;
    case media::MessageKind::mark: {
      const media::SeekMark mark = media::read_mark(message_);
      reached_ = mark.number;
      first_frame_ = mark.first_frame;
      at_end_ = false;
      break;
    }
    case media::MessageKind::end:
      at_end_ = !is_seeking();
      break;
    case media::MessageKind::subtitle_track:
      if (!is_seeking()) subtitles_.emplace_back(media::read_subtitle_track(message_));
      break;
    case media::MessageKind::subtitle:
      if (!is_seeking()) subtitles_.emplace_back(media::read_subtitle(message_));
      break;
    case media::MessageKind::packet:
    case media::MessageKind::progress:
      break;
  }
}

void PlayInput::take_sound() {
  Chunk chunk{media::make_frame(), 0, 0};
  chunk.stream = media::read_audio(message_, *chunk.frame);
  if (chunk.frame->pts == AV_NOPTS_VALUE || chunk.frame->sample_rate <= 0) return;
  chunk.time_us = av_rescale_q(chunk.frame->pts, {1, chunk.frame->sample_rate}, {1, AV_TIME_BASE});
  if (!is_seeking() && chunk.time_us >= sound_from_us_) sound_.push_back(std::move(chunk));
}

void PlayInput::drop_sound_before(std::int64_t time_us) {
  sound_from_us_ = time_us;
  std::erase_if(sound_, [&](const Chunk& chunk) { return chunk.time_us < time_us; });
}

TakenFrame PlayInput::take_frame() {
  for (;;) {
    TakenFrame taken = feed_.take();
    // Of before the seek, or of before one that is still on its way.
    if (!taken || !(is_seeking() || taken->number < first_frame_)) return taken;
  }
}

}  // namespace latham::viewer
