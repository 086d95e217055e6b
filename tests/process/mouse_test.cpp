// SPDX-License-Identifier: MIT
// What the mouse does in the window: zoom about the cursor, move the picture, move the split, seek.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Display;
using test::Program;
using test::operator+;
using test::Words;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr int kLeft = (Display::kWidth - kWidth) / 2;
constexpr int kTop = (Display::kHeight - kHeight) / 2;

class Mouse : public test::Windowed {
 protected:
  /// At the end of a film whose grey rises from left to right.
  [[nodiscard]] std::string ramp() const {
    return make("ramp.mkv",
                fmt::format("nullsrc=s={}x{}:r=25:d=0.2,format=gray,geq=lum=X/2", kWidth, kHeight),
                "-c:v ffv1");
  }
  /// The shade in that column of the window, half way down.
  [[nodiscard]] int shade(int x) const { return display_->pixel(kLeft + x, kTop + kHeight / 2)[1]; }
  /// That place of the window, as xdotool wants it.
  static std::string at(int x, int y) {
    return fmt::format("mousemove {} {}", kLeft + x, kTop + y);
  }
  [[nodiscard]] bool is_near(int x, int wanted) const { return std::abs(shade(x) - wanted) <= 2; }
};

TEST_F(Mouse, WheelZoomsAboutTheCursorAndDraggingMovesThePicture) {
  Program player(latham("view") + Words{ramp()});
  ASSERT_TRUE(player.until([&] { return says("[ended]"); })) << player.err();
  ASSERT_TRUE(player.until([&] { return is_near(100, 50) && is_near(300, 150); }));
  display_->mouse(at(100, 120) + " click 4 click 4 click 4");
  // A quarter each time: what was 200 columns to the right shows what was 102.
  EXPECT_TRUE(player.until([&] { return is_near(300, 101); })) << shade(300);
  EXPECT_TRUE(is_near(100, 50)) << shade(100);
  display_->mouse(at(100, 120) + " mousedown 1 " + at(140, 120) + " " + at(180, 120) +
                  " mouseup 1");
  EXPECT_TRUE(player.until([&] { return is_near(180, 50); })) << shade(180);
  display_->mouse(at(180, 120) + " click 5 click 5 click 5");
  EXPECT_TRUE(player.until([&] { return is_near(100, 50) && is_near(300, 150); })) << shade(100);
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

TEST_F(Mouse, SplitFollowsIt) {
  Program job(endless("format=gbrp,lutrgb=r=val+40:g=val+40:b=val+40"));
  constexpr int kSource = 128;
  constexpr int kOutput = 168;
  ASSERT_TRUE(job.until([&] { return is_near(160, kOutput); })) << job.err();
  display_->key("c");
  display_->key("c");
  for (const int line : {80, 240, 160}) {
    display_->mouse(at(line, 120));
    EXPECT_TRUE(job.until([&] {
      return is_near(line - 20, kSource) && is_near(line + 20, kOutput);
    })) << line
        << ": " << shade(line - 20) << " " << shade(line + 20);
  }
  job.signal(SIGINT);
  job.wait();
}

TEST_F(Mouse, ClickOnTheBarGoesThere) {
  // Frame N has the grey N.
  const std::string film = make(
      "film.mkv", fmt::format("nullsrc=s={}x{}:r=25:d=8,format=gray,geq=lum=N", kWidth, kHeight),
      "-c:v ffv1 -g 25");
  Program player(latham("view") + Words{film});
  ASSERT_TRUE(player.until([&] { return shade(160) > 3; })) << player.err();
  display_->key("space");
  ASSERT_TRUE(player.until([&] { return says("[paused]"); }));
  for (const int quarters : {2, 1, 3}) {
    display_->mouse(at(kWidth * quarters / 4, kHeight - 4) + " click 1");
    EXPECT_TRUE(player.until([&] { return is_near(160, 50 * quarters); })) << shade(160);
    EXPECT_TRUE(player.until([&] { return says(fmt::format("  0:0{} / ", 2 * quarters)); }));
  }
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

}  // namespace
}  // namespace latham
