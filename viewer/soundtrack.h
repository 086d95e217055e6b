// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "viewer/overlay.h"
#include "viewer/play_input.h"
#include "viewer/sound.h"
#include "viewer/tracks.h"

namespace latham::viewer {

/// The sound of a playback as its user knows it: which track, how loud, how fast. What the user did
/// is answered by a remark for the screen.
/// Thread-safety: the main thread.
class Soundtrack {
 public:
  explicit Soundtrack(const media::StreamTable& table) : tracks_(table, AVMEDIA_TYPE_AUDIO) {}

  /// Hands as much to the device as it needs for now. Returns what went wrong, the first time only.
  std::string feed(std::deque<Chunk>& waiting);
  /// Some of what was fed is still to be heard.
  [[nodiscard]] bool is_heard() const noexcept { return sound_.queued() > kSilence; }
  [[nodiscard]] std::optional<std::int64_t> now_us() const noexcept { return sound_.now_us(); }
  void set_paused(bool paused) noexcept { sound_.set_paused(paused); }
  void clear() noexcept { sound_.clear(); }
  void set_speed(double speed) { sound_.set_speed(speed); }

  std::string change_volume(double by);
  std::string toggle_mute();
  /// The next track is wanted(); it comes with the next seek. False where there is no other.
  bool choose_next(std::string& remark);
  [[nodiscard]] std::optional<int> wanted() const noexcept { return wanted_; }

  /// But for speed and distance, which are the playback's.
  [[nodiscard]] SoundFacts facts() const;

 private:
  /// Seconds that nobody waits for.
  static constexpr double kSilence = 0.01;

  [[nodiscard]] std::string volume_text() const;

  Sound sound_;
  Tracks tracks_;
  std::optional<int> heard_;  ///< The stream whose sound came last.
  std::optional<int> wanted_;
  bool failed_ = false;
};

}  // namespace latham::viewer
