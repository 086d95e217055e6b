// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "viewer/compare.h"
#include "viewer/overlay.h"
#include "viewer/pairs.h"
#include "viewer/picture.h"
#include "viewer/text.h"
#include "viewer/viewport.h"
#include "viewer/window.h"

namespace latham::viewer {

/// Where a playback stands, along the lower edge.
struct Bar {
  double seconds = 0;
  double duration = 0;
};

/// What the one who has the pictures wants said about them.
struct Words {
  std::vector<std::string> info;    ///< While `i` is on.
  std::vector<std::string> badges;  ///< In the corner, always: "ended", "paused".
  std::string question;
  std::optional<Bar> bar;
};

/// The window with pictures, words and measures in it, and the keys that change how they look.
class Screen {
 public:
  Screen(const std::string& title, Use use);

  /// From now on this is shown. Draws at once.
  void show(const Pair& pair, Words words);
  /// Over the picture, until others take their place.
  void set_patches(std::vector<Patch> patches);
  /// Pixels of the window that the whole picture takes.
  [[nodiscard]] Size picture_size() const;
  /// Other words for the same picture; drawn where they differ.
  void say(Words words);
  /// A word for two seconds.
  void remark(const std::string& text);
  /// The frame that is shown, and its source where there is one, as PNG in the current folder.
  void save();
  /// Again, where the window, the cursor or the time wants it.
  void refresh();

  /// Deals with what is the screen's; false for what is not.
  bool obey(const Event& event);
  [[nodiscard]] std::vector<Event> take_events() { return window_.take_events(); }

  [[nodiscard]] bool wants_source() const noexcept { return compare_ != Compare::output; }
  [[nodiscard]] bool wants_info() const noexcept { return info_; }
  [[nodiscard]] Window& window() noexcept { return window_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  /// Where in the bar the point lies, 0 to 1; nothing outside.
  [[nodiscard]] std::optional<double> on_bar(Point at) const;

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Size shape() const;
  /// `wanted`'s pixels, scaled down to `size` where that is smaller than the frame.
  void convert(const Taken& wanted, Converter& converter, Picture& out, std::uint64_t& made);
  [[nodiscard]] Size texture_size() const;
  const Picture& composed();
  void draw();
  void draw_patches(const Rect& whole);
  void draw_scopes(const Picture& picture);
  /// Runs what saves a file and says how it went.
  template <class Saver>
  void save_by(Saver&& saver);
  void draw_words();
  void draw_bar(const Bar& shown);
  /// Of so many of the window's units.
  [[nodiscard]] int pixels(int units) const;
  [[nodiscard]] std::vector<std::string> pixel_lines(const Picture& picture) const;
  [[nodiscard]] bool shows_source() const;

  Window window_;
  Use use_;
  std::optional<Text> text_;
  Pair pair_;
  Words words_;
  std::vector<Patch> patches_;
  Viewport viewport_;
  Converter output_converter_;
  Converter source_converter_;
  Picture output_;
  Picture source_;
  Picture mixed_;
  Picture scope_;
  std::uint64_t serial_ = 0;  ///< Of the pair that is shown.
  std::uint64_t output_made_ = 0;
  std::uint64_t source_made_ = 0;
  Compare compare_ = Compare::output;
  bool swapped_ = false;
  bool info_ = false;
  bool help_ = false;
  bool pixel_values_ = false;
  bool histogram_ = false;
  bool waveform_ = false;
  bool vectorscope_ = false;
  bool dirty_ = false;
  bool save_window_ = false;  ///< As soon as it is drawn.
  bool blink_ = false;
  Clock::time_point blinked_{};
  Point cursor_;
  std::string remark_;
  Clock::time_point remark_until_{};
  std::vector<std::string> complaints_;  ///< What could not be shown, a sentence each, once.
};

}  // namespace latham::viewer
