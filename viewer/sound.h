// SPDX-License-Identifier: MIT
#pragma once

#include <SDL2/SDL_audio.h>

#include <cstdint>
#include <optional>

#include "media/av.h"

namespace latham::viewer {

/// The sound of a playback: whatever is pushed is made stereo, brought to the speed wanted without
/// changing its pitch, and queued in the device. What is heard now is the playback's clock.
/// Thread-safety: the main thread.
class Sound {
 public:
  /// Without a device there is no sound: is_there() says so.
  Sound();
  Sound(const Sound&) = delete;
  Sound& operator=(const Sound&) = delete;
  ~Sound();

  [[nodiscard]] bool is_there() const noexcept { return device_ != 0; }
  /// Decoded sound that begins at that time of the film.
  void push(const AVFrame& frame, std::int64_t time_us);
  /// Waiting to be heard, in seconds of listening.
  [[nodiscard]] double queued() const noexcept;
  /// The time of the film that is heard now; nothing while nothing is.
  [[nodiscard]] std::optional<std::int64_t> now_us() const noexcept;

  void set_paused(bool paused) noexcept;
  /// Forgets what is queued: the playback goes on elsewhere.
  void clear() noexcept;
  /// 0.25 to 4.
  void set_speed(double speed);
  /// 1 is as recorded; taken between 0 and 1.3. Both are for what is pushed from here on.
  void set_volume(double volume) noexcept;
  void toggle_mute() noexcept { muted_ = !muted_; }
  [[nodiscard]] double volume() const noexcept { return volume_; }
  [[nodiscard]] bool is_muted() const noexcept { return muted_; }

 private:
  void build(const AVFrame& frame);
  void pull();

  SDL_AudioDeviceID device_ = 0;
  media::Graph graph_;
  AVFilterContext* source_ = nullptr;
  AVFilterContext* sink_ = nullptr;
  media::Frame out_;
  int format_ = -1;  ///< Of the frames that the graph was built for.
  int rate_ = 0;
  int channels_ = 0;
  double speed_ = 1;
  double volume_ = 1;
  bool muted_ = false;
  std::int64_t end_us_ = 0;  ///< Of what was pushed.
};

}  // namespace latham::viewer
