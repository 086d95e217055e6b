// SPDX-License-Identifier: MIT
#include "viewer/soundtrack.h"

#include <fmt/format.h>

#include <utility>

namespace latham::viewer {
namespace {

/// In the device: enough to bridge a slow round, little enough for volume keys to be heard soon.
constexpr double kQueuedSound = 0.25;

}  // namespace

std::string Soundtrack::feed(std::deque<Chunk>& waiting) {
  std::string failure;
  while (!waiting.empty() && sound_.queued() < kQueuedSound) {
    const Chunk chunk = std::move(waiting.front());
    waiting.pop_front();
    heard_ = chunk.stream;
    try {
      sound_.push(*chunk.frame, chunk.time_us);
    } catch (const std::exception& error) {
      if (!std::exchange(failed_, true)) failure = error.what();
    }
    if (!sound_.is_there()) waiting.clear();
  }
  return failure;
}

std::string Soundtrack::volume_text() const {
  return sound_.is_muted() ? "mute" : fmt::format("volume {:.0f} %", sound_.volume() * 100);
}

std::string Soundtrack::change_volume(double by) {
  sound_.set_volume(sound_.volume() + by);
  return volume_text();
}

std::string Soundtrack::toggle_mute() {
  sound_.toggle_mute();
  return volume_text();
}

bool Soundtrack::choose_next(std::string& remark) {
  if (tracks_.size() < 2) {
    remark = tracks_.size() == 0 ? "no sound" : "only one sound track";
    return false;
  }
  wanted_ = tracks_.after(wanted_ ? wanted_ : heard_);
  if (!wanted_) wanted_ = tracks_.after(std::nullopt);
  remark = "sound: " + tracks_.text(*wanted_);
  return true;
}

SoundFacts Soundtrack::facts() const {
  SoundFacts facts;
  facts.has_device = sound_.is_there();
  facts.stream = heard_;
  facts.volume = sound_.volume();
  facts.muted = sound_.is_muted();
  return facts;
}

}  // namespace latham::viewer
