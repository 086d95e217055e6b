// SPDX-License-Identifier: MIT
// A film in the window: its frames in their time, and every way to go elsewhere.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::operator+;
using test::Words;
using test::words;

constexpr int kFrames = 200;

class Play : public test::Windowed {
 protected:
  /// Eight seconds whose grey is the number of the frame, with B frames, key frames a second apart
  /// or less, and a tone.
  [[nodiscard]] std::string film() const {
    return make("film.mkv",
                fmt::format("nullsrc=s=320x240:r=25:d={},geq=lum=16+N:cb=128:cr=128", kFrames / 25),
                "-f lavfi -i sine=440:d=8 -c:v libx264 -preset veryfast -qp 1 -g 40 -c:a flac "
                "-colorspace bt709 -color_range tv");
  }
  /// The number of the frame in the window, by its grey.
  [[nodiscard]] int frame() const {
    return static_cast<int>(std::lround(display_->pixel(470, 330)[0] * 219 / 255.0));
  }
  static Words view(std::string_view options, const std::string& file) {
    return latham("view") + words(options) + Words{file};
  }
};

TEST_F(Play, ToTheEndWhereTheLastPictureStays) {
  Program player(view("-ss 7", film()));
  ASSERT_TRUE(player.until([&] { return says("[ended]"); })) << player.err();
  EXPECT_NEAR(frame(), kFrames - 1, 1);
  display_->key("q");
  const Ended ended = player.wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.err, "");
  EXPECT_TRUE(player.until_alone());
}

TEST_F(Play, StepsAndSeeksOfAPausedFilmAreExact) {
  Program player(view("-ss 2", film()));
  ASSERT_TRUE(player.until([&] { return frame() >= 50 && frame() < kFrames; })) << player.err();
  display_->key("space");
  ASSERT_TRUE(player.until([&] { return says("[paused]"); }));
  const int here = frame();
  const auto goes_to = [&](const char* key, int number) {
    display_->key(key);
    EXPECT_TRUE(player.until([&] { return std::abs(frame() - number) <= 1 && frame() == number; }))
        << key << ": at " << frame() << " instead of " << number;
  };
  goes_to("period", here + 1);
  goes_to("period", here + 2);
  goes_to("comma", here + 1);
  goes_to("comma", here);
  goes_to("shift+Right", here + 25);
  goes_to("shift+Left", here);
  goes_to("Home", 0);
  goes_to("Up", kFrames - 1);  // a minute on: the last frame
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

TEST_F(Play, AgainAndAgainWhereAskedTo) {
  Program player(view("--loop -ss 7", film()));
  ASSERT_TRUE(player.until([&] { return frame() > 180; })) << player.err();
  EXPECT_TRUE(player.until([&] { return frame() > 5 && frame() < 100; }));
  display_->key("shift+l");  // no more
  display_->key("Up");
  EXPECT_TRUE(player.until([&] { return says("[ended]"); }));
  display_->key("shift+l");
  display_->key("Home");
  display_->key("Up");
  EXPECT_TRUE(player.until([&] { return frame() == kFrames - 1; }));
  EXPECT_TRUE(player.until([&] { return frame() > 5 && frame() < 100; })) << "by its key";
  player.signal(SIGINT);
  EXPECT_EQ(player.wait().code, 0);
}

TEST_F(Play, DeadDecoderEndsTheWindowWithOneLine) {
  Program player(view("", film()));
  ASSERT_TRUE(player.until([&] { return !display_->title().empty(); })) << player.err();
  ::kill(player.stage("decoder").value(), SIGKILL);
  const Ended ended = player.wait();
  EXPECT_EQ(ended.code, 6);
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  EXPECT_TRUE(player.until_alone());
}

TEST_F(Play, WithoutADisplayIsOneLine) {
  const std::string path = film();
  display_.reset();  // and with it the variables that name it
  const Ended ended = test::run(view("", path));
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.err,
            "latham: viewer: open a window: there is no display; set DISPLAY or WAYLAND_DISPLAY\n");
}

TEST_F(Play, WhatIsNoFilmIsAnInputError) {
  const std::string text = dir_.write("film.mkv", "not a film");
  EXPECT_EQ(test::run(view("", text)).code, 3);
  EXPECT_EQ(test::run(view("", dir_.file("missing.mkv"))).code, 3);
  EXPECT_EQ(test::run(view("-ss soon", text)).code, 2);
}

}  // namespace
}  // namespace latham
