// SPDX-License-Identifier: MIT
// Subtitles over a film that is played: there when they should be, and only then.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
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

constexpr int kWidth = 640;
constexpr int kHeight = 360;
/// Of the film on the screen.
constexpr int kLeft = (test::Display::kWidth - kWidth) / 2;
constexpr int kTop = (test::Display::kHeight - kHeight) / 2;

class SubtitlesShown : public test::Windowed {
 protected:
  /// Eight black seconds with a key frame in each.
  [[nodiscard]] std::string black() const {
    return make("black.mkv", fmt::format("color=black:s={}x{}:r=25:d=8", kWidth, kHeight),
                "-c:v libx264 -preset ultrafast -g 25");
  }
  /// That film with what else ffmpeg is told of.
  [[nodiscard]] std::string with(const Words& inputs, const Words& options,
                                 const std::string& name = "film.mkv") const {
    const std::string path = dir_.file(name);
    const Ended made = test::run(words("ffmpeg -nostdin -v error -y -i") + Words{black()} + inputs +
                                 words("-map 0 -c:v copy") + options + Words{path});
    EXPECT_EQ(made.code, 0) << made.err;
    return path;
  }
  /// From 1.2 to 2.8 s and from 5.2 to 6.8 s.
  [[nodiscard]] std::string text(const std::string& name, const std::string& line) const {
    return dir_.write(name, fmt::format("1\n00:00:01,200 --> 00:00:02,800\n{0}\n\n"
                                        "2\n00:00:05,200 --> 00:00:06,800\n{0}\n\n",
                                        line));
  }
  /// Bright pixels near the upper and near the lower edge, where the window itself says nothing.
  [[nodiscard]] int above() const { return bright(20); }
  [[nodiscard]] int below() const { return bright(240); }
  [[nodiscard]] int bright(int y) const {
    return display_->bright(kLeft + 330, kTop + y, 210, 100);
  }
  /// The film stands still at that time.
  void pause(Program& player, const char* at) {
    ASSERT_TRUE(player.until([&] { return says(at); })) << player.err();
    display_->key("space");
    ASSERT_TRUE(player.until([&] { return says("[paused]"); }));
  }
  Words view(std::string_view options, const std::string& file) const {
    return latham("view") + words(options) + Words{file};
  }
};

TEST_F(SubtitlesShown, TextFollowsSeeksAndHidesAndChangesItsTrack) {
  const std::string film = with(
      Words{"-i", text("low.srt", "LOW and wide"), "-i", text("high.srt", "{\\an8}HIGH and wide")},
      words("-map 1 -map 2 -c:s srt -disposition:s:0 default"));
  // The line began before the key frame that is sought.
  Program player(view("-ss 2.2", film));
  pause(player, "0:02");
  EXPECT_TRUE(player.until([&] { return below() > 100 && above() == 0; })) << below();
  display_->key("v");
  EXPECT_TRUE(player.until([&] { return below() == 0; }));
  display_->key("v");
  EXPECT_TRUE(player.until([&] { return below() > 100; }));
  display_->key("j");
  EXPECT_TRUE(player.until([&] { return above() > 100 && below() == 0; })) << above();
  display_->key("j");  // none
  EXPECT_TRUE(player.until([&] { return above() == 0 && below() == 0; }));
  display_->key("j");
  EXPECT_TRUE(player.until([&] { return below() > 100; }));
  display_->key("shift+Right");  // 3.2 s
  EXPECT_TRUE(player.until([&] { return below() == 0; }));
  for (int i = 0; i < 3; ++i) display_->key("shift+Right");  // 6.2 s
  EXPECT_TRUE(player.until([&] { return below() > 100; }));
  display_->key("Home");
  EXPECT_TRUE(player.until([&] { return below() == 0; }));
  display_->key("q");
  EXPECT_EQ(player.wait().err, "");
}

TEST_F(SubtitlesShown, TextComesAndGoesWhileTheFilmRuns) {
  const std::string film = with(Words{"-i", text("low.srt", "LOW and wide")},
                                words("-map 1 -c:s mov_text -disposition:s:0 default"), "film.mp4");
  Program player(view("-ss 4.6", film));
  ASSERT_TRUE(player.until([&] { return says("0:04"); })) << player.err();
  EXPECT_EQ(below(), 0);
  EXPECT_TRUE(player.until([&] { return below() > 100; }));
  EXPECT_TRUE(player.until([&] { return below() == 0; }));
  EXPECT_FALSE(says("[ended]"));
}

/// A Blu-ray's subtitles, as its specification lays them out: one picture in one colour.
class Pgs {
 public:
  Pgs& show(double seconds, int x, int y, int width, int height) {
    compose(seconds, 1, x, y);
    window(seconds, x, y, width, height);
    // Number, luma, red, blue, opacity.
    segment(seconds, 0x14, {0, 0, 1, 235, 128, 128, 255});
    std::string rows;
    for (int line = 0; line < height; ++line) {
      rows += std::string{
          '\0', static_cast<char>(0xC0 | width >> 8), static_cast<char>(width), '\1', '\0', '\0'};
    }
    const auto size = static_cast<int>(rows.size()) + 4;
    std::string object = bytes({0, 0, 0, 0xC0, size >> 16, size >> 8, size});
    object += bytes({width >> 8, width, height >> 8, height}) + rows;
    write(seconds, 0x15, object);
    segment(seconds, 0x80, {});
    return *this;
  }
  Pgs& hide(double seconds) {
    compose(seconds, 0, 0, 0);
    window(seconds, 0, 0, 8, 8);
    segment(seconds, 0x80, {});
    return *this;
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  static std::string bytes(std::initializer_list<int> values) {
    std::string all;
    for (const int value : values) all += static_cast<char>(value);
    return all;
  }
  void compose(double seconds, int objects, int x, int y) {
    std::string data = bytes({kWidth >> 8, kWidth & 0xFF, kHeight >> 8, kHeight & 0xFF, 0x10, 0,
                              number_++, objects > 0 ? 0x80 : 0, 0, 0, objects});
    if (objects > 0) data += bytes({0, 0, 0, 0, x >> 8, x, y >> 8, y});
    write(seconds, 0x16, data);
  }
  void window(double seconds, int x, int y, int width, int height) {
    segment(seconds, 0x17, {1, 0, x >> 8, x, y >> 8, y, width >> 8, width, height >> 8, height});
  }
  void segment(double seconds, int type, std::initializer_list<int> values) {
    write(seconds, type, bytes(values));
  }
  void write(double seconds, int type, const std::string& data) {
    const auto pts = static_cast<int>(seconds * 90000);
    const auto size = static_cast<int>(data.size());
    file_ += "PG" + bytes({pts >> 24, pts >> 16, pts >> 8, pts, 0, 0, 0, 0, type, size >> 8, size});
    file_ += data;
  }

  std::string file_;
  int number_ = 0;
};

TEST_F(SubtitlesShown, PicturesLieWhereTheirStreamSays) {
  // ffmpeg moves the beginning of each input to zero.
  const std::string track =
      dir_.write("track.sup", Pgs().hide(0).show(1.2, 350, 300, 160, 20).hide(2.8).file());
  const std::string film =
      with(Words{"-i", track}, words("-map 1 -c:s copy -disposition:s:0 default"));
  Program player(view("-ss 2.2", film));
  pause(player, "0:02");
  EXPECT_TRUE(player.until([&] { return below() == 160 * 20; })) << below();
  EXPECT_EQ(above(), 0);
  EXPECT_GT(display_->pixel(kLeft + 351, kTop + 301)[0], 200);
  EXPECT_LT(display_->pixel(kLeft + 349, kTop + 301)[0], 50);
  display_->key("shift+Right");
  EXPECT_TRUE(player.until([&] { return below() == 0; }));
  display_->key("shift+Left");
  EXPECT_TRUE(player.until([&] { return below() == 160 * 20; }));
  display_->key("q");
  EXPECT_EQ(player.wait().err, "");
}

/// A font that no system has: a copy under another name of the same length.
std::string renamed_font() {
  std::string font = test::read_file("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf");
  const auto wide = [](const std::string& name) {
    std::string all;
    for (const char c : name) all += std::string{'\0', c};
    return all;
  };
  const std::string old_name = "DejaVu Sans Mono";
  const std::string new_name = "Latham Test Font";
  for (const auto& [from, to] :
       {std::pair{old_name, new_name}, std::pair{wide(old_name), wide(new_name)}})
    for (auto at = font.find(from); at != std::string::npos; at = font.find(from, at))
      font.replace(at, from.size(), to);
  return font;
}

TEST_F(SubtitlesShown, AttachedFontsAreUsed) {
  const std::string font = renamed_font();
  if (font.empty()) GTEST_SKIP() << "no DejaVuSansMono.ttf here: install fonts-dejavu-core";
  // Narrow letters that are wide in this font; they begin at the same place in any.
  const std::string script = dir_.write(
      "line.ass",
      "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n"
      "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginL, MarginV\n"
      "Style: Default,Latham Test Font,40,&H00FFFFFF,1,120,60\n\n"
      "[Events]\nFormat: Layer, Start, End, Style, Text\n"
      "Dialogue: 0,0:00:00.00,0:00:08.00,Default,iiiiiiiiiiiiiiiiii\n");
  const std::string attached = dir_.write("font.ttf", font);
  for (const bool with_font : {false, true}) {
    Words options = words("-map 1 -c:s copy -disposition:s:0 default");
    if (with_font)
      options = options + words("-attach") + Words{attached} +
                words("-metadata:s:t mimetype=application/x-truetype-font");
    Program player(view("-ss 2", with(Words{"-i", script}, options)));
    pause(player, "0:02");
    EXPECT_TRUE(player.until([&] { return says("0:0") && (below() > 100) == with_font; }));
    // What is drawn in the place of a font that is not there begins there, but does not reach so far.
    EXPECT_GT(display_->bright(kLeft + 120, kTop + 240, 60, 100), 100);
    display_->key("q");
    EXPECT_EQ(player.wait().code, 0);
  }
}

TEST_F(SubtitlesShown, DvbPicturesOfABroadcastAreShown) {
  const std::string clip = real_clip("ts-h264-paffmbaff-1080i-3eac3-2dvbsub.ts");
  if (clip.empty()) GTEST_SKIP() << "no such clip here";
  Program player(view("-ss 3.2", clip));
  ASSERT_TRUE(player.until([&] { return says("0:0"); })) << player.err();
  display_->key("space");
  display_->key("j");
  // The same two pictures in turn, one with dark boxes before a bright wall: 1920x1080 as 921x518.
  std::map<int, int> seen;
  EXPECT_TRUE(player.until([&] {
    ++seen[display_->bright(130, 500, 200, 36)];
    display_->key("v");
    return std::count_if(seen.begin(), seen.end(), [](const auto& it) { return it.second > 2; }) >
           1;
  }));
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

}  // namespace
}  // namespace latham
