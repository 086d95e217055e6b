// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "media/stream_table.h"
#include "media/subtitles.h"
#include "viewer/picture.h"

struct ass_library;
struct ass_renderer;
struct ass_track;
struct ass_image;

namespace latham::viewer {

/// Subtitles of text, drawn by libass in the fonts of the film and of the system.
/// Thread-safety: the main thread.
class SubtitleText {
 public:
  /// Takes the fonts that are attached to the film. Throws std::runtime_error where libass does not
  /// start.
  explicit SubtitleText(const media::StreamTable& table);

  /// Forgets all lines; those that follow have these styles.
  void begin(const std::string& header);
  /// The same line again, after a seek, is known and left out.
  void add(const media::SubtitleEvent& event);
  /// What is to be seen at that time over a picture that is drawn as large as `canvas` and has
  /// `film` pixels; nothing where that is the same as at the last call, unless it is wanted again.
  std::optional<std::vector<Patch>> draw(std::int64_t time_us, Size canvas, Size film, bool again);

 private:
  struct Free {
    void operator()(ass_library* p) const noexcept;
    void operator()(ass_renderer* p) const noexcept;
    void operator()(ass_track* p) const noexcept;
  };

  std::unique_ptr<ass_library, Free> library_;
  std::unique_ptr<ass_renderer, Free> renderer_;
  std::unique_ptr<ass_track, Free> track_;
  std::set<std::string> known_;  ///< Lines with their times.
};

}  // namespace latham::viewer
