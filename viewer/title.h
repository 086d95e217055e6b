// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace latham::viewer {

/// "1:03:45", and so many digits after the point.
[[nodiscard]] std::string clock_text(double seconds, int digits = 0);

/// What the title says.
struct TitleFacts {
  std::string name{};                        ///< Of the input, as the user gave it.
  std::optional<double> seconds{};           ///< Time of the picture shown.
  std::optional<double> duration_seconds{};  ///< As the container claims.
  std::optional<double> fps{};               ///< Of the job.
  bool paused = false;
  bool ended = false;
  bool asking_to_stop = false;
};

/// "clip.mkv  0:12 / 1:03:45  118 fps  [paused] - latham"
[[nodiscard]] std::string title_of(const TitleFacts& facts);

/// Frames a second that the job makes, from the entries' numbers.
class FpsMeter {
 public:
  /// `now` in seconds on any steady clock.
  void note(std::uint64_t frame_number, double now);
  [[nodiscard]] std::optional<double> fps() const { return fps_; }

 private:
  std::uint64_t number_ = 0;
  double since_ = 0;
  std::optional<double> fps_;
};

}  // namespace latham::viewer
