// SPDX-License-Identifier: MIT
// The window among what other desktops have: a window manager, a dense screen, a display that is slow or hangs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Display;
using test::Ended;
using test::Program;
using test::operator+;
using test::Words;
using test::words;

using Window = test::Windowed;

TEST_F(Window, FillsTheScreenOnWishAndGoesBack) {
  if (!test::is_installed("openbox")) GTEST_SKIP() << "no window manager here: install openbox";
  const std::string ready = dir_.file("ready");
  Program manager(words("openbox --sm-disable --startup") + Words{"touch " + ready});
  ASSERT_TRUE(manager.until([&] { return std::filesystem::exists(ready); })) << manager.err();
  Program job(endless());  // of the screen's shape
  const auto is_grey = [&](int x, int y) { return std::abs(display_->pixel(x, y)[1] - 128) < 4; };
  // Below the badges and above the lower edge.
  constexpr std::array<std::array<int, 2>, 4> kEdges = {
      {{1, 300}, {Display::kWidth - 2, 300}, {500, 1}, {500, Display::kHeight - 2}}};
  const auto grey_edges = [&] {
    return std::count_if(kEdges.begin(), kEdges.end(),
                         [&](const auto& at) { return is_grey(at[0], at[1]); });
  };
  const auto in_the_middle = [&] { return is_grey(Display::kWidth / 2, Display::kHeight / 2); };
  ASSERT_TRUE(job.until([&] { return in_the_middle() && grey_edges() == 0; })) << job.err();
  display_->key("f");
  EXPECT_TRUE(job.until([&] { return grey_edges() == 4; })) << grey_edges();
  display_->key("f");
  EXPECT_TRUE(job.until([&] { return in_the_middle() && grey_edges() == 0; })) << grey_edges();
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

/// For sanitizers: SDL's Wayland driver leaks a little. What we do with it is looked at with X11's.
constexpr const char* kLeaky = "ASAN_OPTIONS=detect_leaks=0";

/// A screen with two pixels for each of its units in both directions: Wayland's, since X11 has none.
class DenseWindow : public Window {
 protected:
  void SetUp() override {
    Window::SetUp();
    if (IsSkipped()) return;
    if (!test::is_installed("weston")) GTEST_SKIP() << "no Wayland compositor here: install weston";
  }
  /// All of the display, through weston in a window without a frame.
  [[nodiscard]] static Words weston() {
    return words(
               "weston --backend=x11-backend.so --use-pixman --shell=kiosk-shell.so --no-config") +
           words("--idle-time=0 --socket=dense --scale=2") +
           Words{fmt::format("--width={}", Display::kWidth / 2),
                 fmt::format("--height={}", Display::kHeight / 2)};
  }
};

TEST_F(DenseWindow, IsDrawnInTheScreensPixels) {
  // Columns, black and white in turn, that one pixel for two of them would make grey.
  const std::string stripes =
      make("stripes.mkv",
           fmt::format("nullsrc=s={}x{}:r=25:d=0.2,format=gray,geq=lum='255*mod(X,2)',format=gbrp",
                       Display::kWidth, Display::kHeight),
           "-c:v ffv1");
  Program compositor(weston());
  ASSERT_TRUE(compositor.until([&] { return std::filesystem::exists(runtime_.file("dense")); }))
      << compositor.err();
  const Words dense = {
      "env", "-u", "SDL_RENDER_DRIVER", "SDL_VIDEODRIVER=wayland", "WAYLAND_DISPLAY=dense", kLeaky};
  Program player(here(dense + latham("view") + Words{stripes}));
  const auto striped = [&](int y) {
    for (int x = 100; x < 140; ++x)
      if (display_->pixel(x, y)[1] != 255 * (x % 2)) return false;
    return true;
  };
  ASSERT_TRUE(player.until([&] { return striped(400) && striped(700); })) << player.err();
  // Read back, it has as many.
  display_->key("ctrl+s");
  const std::string saved = dir_.file("latham-0001-window.png");
  ASSERT_TRUE(player.until([&] { return std::filesystem::exists(saved); })) << player.err();
  EXPECT_TRUE(player.until([&] {
    return test::run(words("ffprobe -v error -show_entries stream=width,height -of csv=p=0") +
                     Words{saved})
               .out == fmt::format("{},{}\n", Display::kWidth, Display::kHeight);
  }));
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0) << player.err();
}

TEST_F(Window, OfADisplayThatHangsDoesNotHoldTheJob) {
  const std::string input = film();
  const Ended plain = test::run(hashed(input));
  ASSERT_EQ(plain.code, 0) << plain.err;
  test::Trickle trickle(input);
  Program job(hashed(trickle.path(), words("--view")));
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); })) << job.err();
  display_->hold(true);
  trickle.release();
  const Ended ended = job.wait();
  display_->hold(false);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, plain.out);
  EXPECT_TRUE(job.until_alone());
}

#ifndef LATHAM_SANITIZED  // whose library wants to be loaded before all others

TEST_F(Window, OfASlowDisplayLeavesFramesOutAndTheJobAlone) {
  const std::string input = film();
  const Ended plain = test::run(hashed(input));
  ASSERT_EQ(plain.code, 0) << plain.err;
  const std::string count = dir_.file("presents");
  Program job(hashed(input, words("--view")),
              {fmt::format("LD_PRELOAD={}", SLOW_PRESENT), "LATHAM_TEST_PRESENTS=" + count});
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, plain.out);
  const auto presents = test::read_file(count).size();
  EXPECT_GE(presents, 1U);
  EXPECT_LT(presents, 500U / 2);  // of the film's frames
}

#endif

}  // namespace
}  // namespace latham
