// SPDX-License-Identifier: MIT
// Every key that `?` lists does what it says; those of time and subtitles have tests of their own.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::operator+;
using test::Words;
using test::words;

constexpr int kMiddleX = test::Display::kWidth / 2;
constexpr int kMiddleY = test::Display::kHeight / 2;

class Keys : public test::Windowed {
 protected:
  /// Whether the key makes the screen another one than that, and that one.
  bool changes(Program& program, const std::string& key, std::size_t from) {
    display_->key(key);
    return program.until([&] { return display_->hash() != from; });
  }
  bool becomes(Program& program, const std::string& key, std::size_t to) {
    display_->key(key);
    return program.until([&] { return display_->hash() == to; });
  }
  /// The first pixel of a PNG.
  [[nodiscard]] std::array<int, 3> first_pixel(const std::string& name) const {
    const Ended read = test::run(words("ffmpeg -nostdin -v error -i") + Words{dir_.file(name)} +
                                 words("-vf format=rgb24,crop=1:1:0:0 -frames:v 1 -f rawvideo -"));
    if (read.out.size() != 3) return {-1, -1, -1};
    const auto part = [&](std::size_t i) { return int{static_cast<unsigned char>(read.out[i])}; };
    return {part(0), part(1), part(2)};
  }
};

TEST_F(Keys, OfTheWindowShowAndTakeAway) {
  const std::string film =
      make("film.mkv", "testsrc2=s=480x360:r=25:d=4", "-c:v libx264 -preset ultrafast -g 10");
  Program player(latham("view") + Words{film});
  ASSERT_TRUE(player.until([&] { return says("0:01"); })) << player.err();
  display_->key("space");
  ASSERT_TRUE(player.until([&] { return says("[paused]"); }));
  std::size_t still = 0;
  ASSERT_TRUE(player.until([&] { return std::exchange(still, display_->hash()) == still; }));
  for (const char* key : {"i", "question", "e", "h", "w", "u"}) {
    EXPECT_TRUE(changes(player, key, still)) << key;
    EXPECT_TRUE(becomes(player, key, still)) << key;
  }
  for (const auto& [key, back] : {std::pair{"plus", "z"}, {"plus", "minus"}, {"equal", "z"}}) {
    EXPECT_TRUE(changes(player, key, still)) << key;
    EXPECT_TRUE(becomes(player, back, still)) << back;
  }
  // As it was opened. `f` needs a window manager: see window_test.
  EXPECT_TRUE(changes(player, "plus", still));
  EXPECT_TRUE(becomes(player, "1", still));
  // Remarks, each another one, the last for a while.
  for (const char* key : {"bracketleft", "bracketright", "braceleft", "BackSpace", "braceright",
                          "9", "0", "m", "numbersign", "j", "shift+l", "v"})
    EXPECT_TRUE(changes(player, key, display_->hash())) << key;
  EXPECT_TRUE(player.until([&] { return display_->hash() == still; }));
  display_->key("p");
  EXPECT_TRUE(player.until([&] { return !says("[paused]"); }));
  display_->key("Escape");
  EXPECT_EQ(player.wait().code, 0);
}

TEST_F(Keys, OfAFileGoThere) {
  // A second's grey is its number times 20, and it lasts 200 of them.
  const std::string film =
      make("film.mkv", "nullsrc=s=64x64:r=5:d=200,geq=lum=16+mod(floor(T)\\,11)*20:cb=128:cr=128",
           "-c:v libx264 -preset ultrafast -g 20 -colorspace bt709 -color_range tv");
  Program player(latham("view -ss 65") + Words{film});
  ASSERT_TRUE(player.until([&] { return says("1:05"); })) << player.err();
  display_->key("space");
  ASSERT_TRUE(player.until([&] { return says("[paused]"); }));
  const auto goes_to = [&](const char* key, const char* time) {
    display_->key(key);
    return player.until([&] { return says(fmt::format("  {} / ", time)); });
  };
  EXPECT_TRUE(goes_to("Right", "1:10"));
  EXPECT_TRUE(goes_to("Left", "1:05"));
  EXPECT_TRUE(goes_to("shift+Right", "1:06"));
  EXPECT_TRUE(goes_to("shift+Left", "1:05"));
  EXPECT_TRUE(goes_to("Up", "2:05"));
  EXPECT_TRUE(goes_to("Down", "1:05"));
  EXPECT_TRUE(goes_to("Home", "0:00"));
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

TEST_F(Keys, OfAJobCompareItsPictures) {
  // Forty brighter.
  Program job(
      unseen("color=c=gray:s=320x240:r=25:d=1", "format=gbrp,lutrgb=r=val+40:g=val+40:b=val+40"));
  ASSERT_TRUE(job.until([&] {
    return test::run(latham("ls")).out.find("  running ") != std::string::npos;
  })) << job.err();
  Program viewer(here(latham("view")));
  ASSERT_TRUE(viewer.until([&] { return !display_->title().empty(); })) << viewer.err();
  const auto is = [&](int x, int wanted) {
    const auto seen = display_->pixel(kMiddleX + x, kMiddleY + 20);
    return std::abs(seen[0] - wanted) <= 3 && std::abs(seen[1] - wanted) <= 3;
  };
  const auto shows = [&](int left, int right) {
    return viewer.until([&] { return is(-60, left) && is(60, right); });
  };
  constexpr int kSource = 126;
  constexpr int kOutput = 166;
  EXPECT_TRUE(shows(kOutput, kOutput));
  display_->key("s");  // of both, also while one is looked at
  EXPECT_TRUE(viewer.until(
      [&] { return dir_.has("latham-0001.png") && dir_.has("latham-0001-source.png"); }));
  EXPECT_TRUE(viewer.until([&] {
    return std::abs(first_pixel("latham-0001.png")[1] - kOutput) <= 3 &&
           std::abs(first_pixel("latham-0001-source.png")[1] - kSource) <= 3;
  }));
  display_->key("c");
  EXPECT_TRUE(shows(kSource, kSource)) << "source";
  display_->key("x");
  EXPECT_TRUE(shows(kOutput, kOutput)) << "swapped";
  display_->key("x");
  display_->key("c");
  EXPECT_TRUE(shows(kSource, kOutput)) << "split";
  display_->key("x");
  EXPECT_TRUE(shows(kOutput, kSource)) << "split, swapped";
  display_->key("x");
  display_->key("c");
  EXPECT_TRUE(shows(160, 160)) << "difference, four times";
  display_->key("c");
  EXPECT_TRUE(shows(kSource, kSource)) << "blink";
  EXPECT_TRUE(shows(kOutput, kOutput)) << "blink";
  EXPECT_TRUE(shows(kSource, kSource)) << "blink";
  display_->key("c");
  EXPECT_TRUE(shows(kOutput, kOutput)) << "output";
  display_->key("shift+s");
  EXPECT_TRUE(viewer.until([&] { return says("y/n"); }));
  display_->key("n");
  EXPECT_TRUE(viewer.until([&] { return !says("y/n"); }));
  EXPECT_TRUE(job.is_running());
}

TEST_F(Keys, SaveFramesAsTheyAreAndTheWindowAsItIsSeen) {
  Program job(
      here(endless("format=yuv420p10le,setparams=colorspace=bt2020nc:color_trc=smpte2084:"
                   "color_primaries=bt2020:range=tv")));
  const auto seen = [&] { return display_->pixel(kMiddleX, kMiddleY); };
  ASSERT_TRUE(job.until([&] { return seen()[0] > 50; })) << job.err();
  display_->key("s");
  display_->key("ctrl+s");
  // Code values of the grey: 126 of 16 to 235. A tone map makes it another one.
  EXPECT_TRUE(job.until([&] { return std::abs(first_pixel("latham-0001.png")[1] - 128) <= 1; }));
  EXPECT_TRUE(job.until([&] { return first_pixel("latham-0001-window.png") == seen(); }));
  EXPECT_GT(std::abs(seen()[1] - 128), 10);
  job.signal(SIGINT);
  job.wait();
}

}  // namespace
}  // namespace latham
