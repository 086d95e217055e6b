// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "media/messages.h"
#include "media/subtitles.h"
#include "stage/stage.h"
#include "viewer/feed.h"

namespace latham::viewer {

/// Decoded sound and where in the film it begins.
struct Chunk {
  media::Frame frame;
  std::int64_t time_us = 0;
  int stream = 0;
};

using SubtitleNews = std::variant<media::SubtitleTrack, media::SubtitleEvent>;

/// Where to go on.
struct Place {
  std::int64_t time_us = 0;
  bool before = false;  ///< At the last frame before that time, not at the first one from it on.
};

/// What a decoder that plays sends: frames on an edge, all else as messages beside it, and marks that
/// say where a seek begins among both. What was sent before the last seek ends here.
/// Thread-safety: the main thread.
class PlayInput {
 public:
  /// Throws StageFailure where no decoder was joined.
  PlayInput(stage::Stage& stage, stage::Wiring& wiring);

  /// Asks the decoder to go on elsewhere and forgets what has come; `wishes` go to it as they are.
  void seek(const Place& place, const std::map<std::string, std::string>& wishes);
  /// The decoder has not begun at the place that was asked for last.
  [[nodiscard]] bool is_seeking() const noexcept { return reached_ != asked_; }
  [[nodiscard]] bool has_sought() const noexcept { return asked_ != 0; }

  /// Takes the messages that have come. Throws StageFailure where the decoder is gone.
  void receive();
  /// The next frame, or null where none has come yet.
  TakenFrame take_frame();
  [[nodiscard]] bool has_frame() const noexcept { return feed_.ready(); }
  [[nodiscard]] bool has_message() const;
  [[nodiscard]] std::uint64_t frames() const noexcept { return feed_.number(); }
  /// All was sent. Frames may still be on the edge.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }

  /// Sound that waits to be heard, in order.
  [[nodiscard]] std::deque<Chunk>& sound() noexcept { return sound_; }
  /// What has come of subtitles since the last call, in order.
  [[nodiscard]] std::vector<SubtitleNews> take_subtitles() { return std::exchange(subtitles_, {}); }
  /// Until the next seek no earlier sound is taken.
  void drop_sound_before(std::int64_t time_us);

 private:
  void take_message();
  void take_sound();

  stage::Stage& stage_;
  Feed feed_;
  transport::PacketReceiver& messages_;
  std::vector<std::byte> message_;
  std::deque<Chunk> sound_;
  std::vector<SubtitleNews> subtitles_;
  std::uint32_t asked_ = 0;    ///< Seeks so far.
  std::uint32_t reached_ = 0;  ///< The last one whose mark has come.
  std::uint64_t first_frame_ = 0;
  std::int64_t sound_from_us_ = INT64_MIN;
  bool at_end_ = false;
};

}  // namespace latham::viewer
