// SPDX-License-Identifier: MIT
#include "encoder/beside_encoders.h"

#include <algorithm>
#include <new>

#include "encoder/audio_options.h"
#include "media/messages.h"

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

bool is_of(const PlannedStream& planned, std::size_t input, int source) {
  return planned.input == input && planned.source->index == source;
}

}  // namespace

BesideEncoders::BesideEncoders(const Options& options, OutputPlan& plan, Muxer& muxer) {
  for (PlannedStream& planned : plan.streams()) {
    if (!planned.encoded()) continue;
    if (planned.type() == AVMEDIA_TYPE_SUBTITLE)
      subtitles_.push_back({planned, SubtitleEncoder(planned, options.time.window, muxer)});
    if (planned.type() == AVMEDIA_TYPE_AUDIO) sound_.emplace_back(options, plan, planned, muxer);
  }
}

BesideEncoders::Sound::Sound(const Options& options, OutputPlan& plan, PlannedStream& stream,
                             Muxer& muxer)
    : planned(stream),
      encoder(stream, audio_options(options.streams, plan.format(), *stream.stream),
              plan.inputs()[stream.input].span.window, options.time.window, muxer) {}

std::int64_t BesideEncoders::encode_sound(std::size_t input, std::span<const std::byte> message) {
  const media::Frame frame = media::make_frame();
  const int stream = media::read_audio(message, *frame);
  Taken& taken = taken_[{input, stream}];
  ++taken.messages;
  taken.samples += frame->nb_samples;
  for (Sound& sound : sound_) {
    if (!is_of(sound.planned, input, stream)) continue;
    const media::Frame own = media::make_frame();
    if (av_frame_ref(own.get(), frame.get()) < 0) throw std::bad_alloc();
    sound.encoder.encode(*own);
  }
  return av_rescale_q(frame->pts, {1, frame->sample_rate}, AV_TIME_BASE_Q);
}

void BesideEncoders::begin_subtitles(std::size_t input, std::span<const std::byte> message) {
  const media::SubtitleTrack track = media::read_subtitle_track(message);
  for (Subtitles& subtitles : subtitles_)
    if (is_of(subtitles.planned, input, track.stream)) subtitles.encoder.begin(track);
}

void BesideEncoders::encode_subtitle(std::size_t input, std::span<const std::byte> message) {
  const media::SubtitleEvent event = media::read_subtitle(message);
  ++taken_[{input, event.stream}].messages;
  for (Subtitles& subtitles : subtitles_)
    if (is_of(subtitles.planned, input, event.stream)) subtitles.encoder.encode(event);
}

void BesideEncoders::finish(std::size_t input) {
  for (Sound& sound : sound_)
    if (sound.planned.input == input) sound.encoder.finish();
  for (Subtitles& subtitles : subtitles_)
    if (subtitles.planned.input == input) subtitles.encoder.finish();
}

void BesideEncoders::cut() {
  for (Sound& sound : sound_) sound.encoder.cut();
}

void BesideEncoders::end_at(std::int64_t end_us) {
  for (Sound& sound : sound_) sound.encoder.end_at(end_us);
}

const AudioEncoder* BesideEncoders::sound(int stream) const {
  for (const Sound& sound : sound_)
    if (sound.planned.index == stream) return &sound.encoder;
  return nullptr;
}

bool BesideEncoders::sound_done() const {
  return std::all_of(sound_.begin(), sound_.end(),
                     [](const Sound& sound) { return sound.encoder.done(); });
}

std::int64_t BesideEncoders::end_us(std::size_t input) const {
  std::int64_t end_us = INT64_MAX;
  for (const Sound& sound : sound_)
    if (sound.planned.input == input) end_us = std::min(end_us, sound.encoder.time_us());
  return end_us;
}

void BesideEncoders::account(std::map<std::string, std::string>& fields) const {
  const auto taken = taken_.find(
      {static_cast<std::size_t>(std::stoul(fields["input"])), std::stoi(fields["source"])});
  if (taken == taken_.end() || fields.count("taken") != 0) return;
  fields["taken"] = std::to_string(taken->second.messages);
  fields["samples"] = std::to_string(taken->second.samples);
}

}  // namespace latham::encoder
