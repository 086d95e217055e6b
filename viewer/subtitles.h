// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viewer/picture.h"
#include "viewer/play_input.h"
#include "viewer/subtitle_text.h"
#include "viewer/tracks.h"

namespace latham::viewer {

/// The subtitles of a playback as its user knows them: which track, shown or not, and what of it is
/// on the screen. What the user did is answered by a remark.
/// Thread-safety: the main thread.
class Subtitles {
 public:
  explicit Subtitles(const media::StreamTable& table)
      : table_(table), tracks_(table, AVMEDIA_TYPE_SUBTITLE) {}

  /// What the decoder has sent. Returns what of it cannot be shown, or "".
  std::string feed(std::vector<SubtitleNews> news);

  /// What is on the screen at that time, or nothing where that has not changed. `canvas`: as large
  /// as the whole picture is drawn; `film`: the pixels that it has.
  std::optional<std::vector<Patch>> at(std::int64_t time_us, Size canvas, Size film);

  /// The next track, or none after the last one, is wanted(); it comes with the next seek. False
  /// where the file has none.
  bool choose_next(std::string& remark);
  std::string toggle_shown();
  [[nodiscard]] std::optional<int> wanted() const noexcept { return wanted_; }
  /// "stream 3, subrip, eng"; "" where the file has none.
  [[nodiscard]] std::string text() const;

 private:
  void take(const media::SubtitleTrack& track);
  void take(media::SubtitleEvent event);
  [[nodiscard]] const media::SubtitleEvent* pictures_at(std::int64_t time_us);

  const media::StreamTable& table_;
  Tracks tracks_;
  std::optional<int> stream_;  ///< That is decoded.
  std::optional<int> wanted_;
  std::optional<SubtitleText> text_;  ///< Made for the first text: looking for fonts takes time.
  bool is_text_ = false;
  std::map<std::int64_t, media::SubtitleEvent> pictures_;  ///< By their beginning.
  const media::SubtitleEvent* drawn_ = nullptr;            ///< Of these, on the screen.
  bool shown_ = true;
  bool stale_ = false;  ///< What is on the screen is of before a change.
};

}  // namespace latham::viewer
