// SPDX-License-Identifier: MIT
// What the window shows, pixel by pixel, against what ffmpeg says that it is.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::transcode;
using test::operator+;
using test::Words;
using test::words;

/// Code values that the screen may differ by from what the matrix says.
constexpr int kTolerance = 2;

using ViewerColour = test::Windowed;

struct Shade {
  const char* name;
  const char* tags;  ///< For setparams.
  int y, u, v;
  std::array<int, 3> rgb;  ///< By the definition of the matrix, rounded.
};

// Red, green and blue parts by hand: R = Y' + 2(1-Kr)Cr, B = Y' + 2(1-Kb)Cb, G from the rest.
constexpr Shade kShades[] = {
    {"Bt709Limited", "colorspace=bt709:range=tv", 120, 90, 180, {214, 101, 41}},
    {"Bt601Limited", "colorspace=smpte170m:range=tv", 120, 90, 180, {204, 94, 44}},
    {"Bt709Full", "colorspace=bt709:range=pc", 120, 90, 180, {202, 103, 49}},
    {"Bt2020Limited", "colorspace=bt2020nc:range=tv", 120, 90, 180, {208, 94, 40}},
};

TEST_F(ViewerColour, ScreenShowsTheColoursThatTheMatrixSays) {
  for (const Shade& shade : kShades) {
    // geq gives exact code values; setparams says what they mean.
    Program job(endless(fmt::format("format=yuv420p,geq=lum={}:cb={}:cr={},setparams={}", shade.y,
                                    shade.u, shade.v, shade.tags)));
    const auto close_enough = [&] {
      const auto seen = display_->pixel(test::Display::kWidth / 2, test::Display::kHeight / 2);
      for (std::size_t i = 0; i < 3; ++i)
        if (std::abs(seen[i] - shade.rgb[i]) > kTolerance) return false;
      return true;
    };
    const bool reached = job.until(close_enough);
    const auto seen = display_->pixel(test::Display::kWidth / 2, test::Display::kHeight / 2);
    EXPECT_TRUE(reached) << shade.name << fmt::format(": {} {} {}", seen[0], seen[1], seen[2]);
    job.signal(SIGINT);
    EXPECT_EQ(job.wait().code, 130);
  }
}

struct Bars {
  const char* name;
  const char* size;    ///< Of the clip.
  const char* format;  ///< Pixel format.
  const char* tags;    ///< For setparams.
  const char* in;      ///< The same for swscale: in_color_matrix and in_range.
  const char* before;  ///< Filters of the clip after the bars.
  int shown_width;     ///< As they must appear.
  int shown_height;
};

constexpr Bars kBars[] = {
    {"Bt709", "640x360", "yuv420p", "colorspace=bt709:range=tv", "bt709:in_range=tv", "", 640, 360},
    {"Bt709Full", "640x360", "yuv444p", "colorspace=bt709:range=pc", "bt709:in_range=pc", "", 640,
     360},
    {"Bt601", "640x360", "yuv422p", "colorspace=smpte170m:range=tv", "smpte170m:in_range=tv", "",
     640, 360},
    {"Bt601Full", "640x360", "yuvj420p", "colorspace=smpte170m:range=pc", "smpte170m:in_range=pc",
     "", 640, 360},
    {"Bt2020TenBits", "640x360", "yuv420p10le", "colorspace=bt2020nc:range=tv",
     "bt2020:in_range=tv", "", 640, 360},
    {"Smpte240TwelveBits", "640x360", "yuv422p12le", "colorspace=smpte240m:range=tv",
     "smpte240m:in_range=tv", "", 640, 360},
    {"Bt2020FullTenBits", "640x360", "yuv444p10le", "colorspace=bt2020nc:range=pc",
     "bt2020:in_range=pc", "", 640, 360},
    {"Smpte240Full", "640x360", "yuv444p", "colorspace=smpte240m:range=pc", "smpte240m:in_range=pc",
     "", 640, 360},
    {"Fcc", "640x360", "yuv444p", "colorspace=fcc:range=tv", "fcc:in_range=tv", "", 640, 360},
    {"Bt470bgSixteenBits", "640x360", "yuv444p16le", "colorspace=bt470bg:range=tv",
     "bt470:in_range=tv", "", 640, 360},
    {"OddSize", "701x395", "yuv420p", "colorspace=bt709:range=tv", "bt709:in_range=tv", "", 701,
     395},
    {"WideSamples", "320x360", "yuv420p", "colorspace=bt709:range=tv", "bt709:in_range=tv",
     ",setsar=2", 640, 360},
    {"Rgb", "640x360", "bgr0", "range=pc", "", "", 640, 360},
};

TEST_F(ViewerColour, BarsAreWhatFfmpegSaysTheyAre) {
  for (const Bars& bars : kBars) {
    const std::string path = dir_.file("bars.mkv");
    const Ended made =
        test::run(words("ffmpeg -nostdin -v error -y -f lavfi -i") +
                  Words{fmt::format("smptehdbars=s={}:r=25:d=0.2,format={},setparams={}{}",
                                    bars.size, bars.format, bars.tags, bars.before)} +
                  words("-c:v ffv1") + Words{path});
    ASSERT_EQ(made.code, 0) << made.err;
    const std::string in = *bars.in == '\0' ? "" : fmt::format(":in_color_matrix={}", bars.in);
    const Ended said = test::run(
        words("ffmpeg -nostdin -v error -i") + Words{path, "-vf"} +
        Words{fmt::format("scale={}:{}:flags=accurate_rnd+full_chroma_int+full_chroma_inp{}",
                          bars.shown_width, bars.shown_height, in)} +
        words("-pix_fmt rgb24 -frames:v 1 -f rawvideo -"));
    ASSERT_EQ(said.out.size(), static_cast<std::size_t>(bars.shown_width * bars.shown_height * 3));
    // FFmpeg's containers do not keep every tag; a filter sets them here.
    Program job(transcode(words("--view-keep -loglevel error -i") + Words{path, "-vf"} +
                          Words{fmt::format("setparams={}", bars.tags)} +
                          words("-c:v ffv1 -f null -")));
    ASSERT_TRUE(job.until([&] { return says("[ended]"); })) << bars.name << job.err();
    const auto want = [&](int x, int y, std::size_t part) {
      return int{static_cast<unsigned char>(
          said.out[static_cast<std::size_t>((y * bars.shown_width + x) * 3) + part])};
    };
    // Inside the bars, where no scaler mixes their colours.
    const auto is_flat = [&](int x, int y) {
      for (const int dx : {-8, 8})
        for (const int dy : {-8, 8})
          for (std::size_t part = 0; part < 3; ++part)
            if (std::abs(want(x + dx, y + dy, part) - want(x, y, part)) > 1) return false;
      return true;
    };
    int compared = 0;
    for (int y = 20; y < bars.shown_height - 20; y += 37) {
      for (int x = 20; x < bars.shown_width - 20; x += 23) {
        const bool under_a_badge = y < 60 && x > bars.shown_width - 150;
        if (under_a_badge || !is_flat(x, y)) continue;
        ++compared;
        const auto seen = display_->pixel((test::Display::kWidth - bars.shown_width) / 2 + x,
                                          (test::Display::kHeight - bars.shown_height) / 2 + y);
        for (std::size_t part = 0; part < 3; ++part)
          EXPECT_LE(std::abs(seen[part] - want(x, y, part)), kTolerance)
              << fmt::format("{} at {},{} part {}: {} instead of {}", bars.name, x, y, part,
                             seen[part], want(x, y, part));
      }
    }
    EXPECT_GT(compared, 60) << bars.name;
    display_->key("q");
    EXPECT_EQ(job.wait().code, 0);
  }
}

struct Siting {
  const char* name;  ///< As the encoder is told it.
  int x, y;          ///< Of the chroma sample, in 1/256 of a luma sample's width, for swscale.
};

TEST_F(ViewerColour, ChromaLiesWhereTheFilmSaysThatItDoes) {
  constexpr int kWidth = 320;
  constexpr int kHeight = 240;
  std::string before;
  for (const Siting& siting : {Siting{"left", 0, 128}, {"topleft", 0, 0}, {"center", 128, 128}}) {
    // Edges in chroma alone, in both directions.
    const std::string path =
        make(fmt::format("{}.mkv", siting.name),
             fmt::format("nullsrc=s={}x{}:r=25:d=0.2,format=yuv420p,"
                         "geq=lum=128:cb=100+60*mod(floor(X/5)+floor(Y/3)\\,2)"
                         ":cr=110+40*mod(floor(X/3)+floor(Y/5)\\,2)",
                         kWidth, kHeight),
             fmt::format("-c:v libx264 -qp 0 -preset ultrafast -colorspace bt709 -color_range tv "
                         "-chroma_sample_location {}",
                         siting.name));
    const Ended said = test::run(
        words("ffmpeg -nostdin -v error -i") + Words{path, "-vf"} +
        Words{fmt::format("scale=in_color_matrix=bt709:in_range=tv:in_h_chr_pos={}:in_v_chr_pos={}:"
                          "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp",
                          siting.x, siting.y)} +
        words("-pix_fmt gbrp -f rawvideo -frames:v 1 -"));
    ASSERT_EQ(said.out.size(), std::size_t{3} * kWidth * kHeight) << said.err;
    EXPECT_NE(said.out, before) << "so that the comparison means something";
    before = said.out;
    Program player(latham("view") + Words{path});
    ASSERT_TRUE(player.until([&] { return says("[ended]"); })) << player.err();
    constexpr std::array<std::size_t, 3> kPlane = {2, 0, 1};  // red, green, blue
    int apart = 0;
    for (int y = 60; y < kHeight; y += 7) {
      for (int x = 0; x < kWidth; x += 2) {
        const auto seen = display_->pixel((test::Display::kWidth - kWidth) / 2 + x,
                                          (test::Display::kHeight - kHeight) / 2 + y);
        for (std::size_t part = 0; part < 3; ++part) {
          const auto at = (kPlane[part] * kHeight + static_cast<std::size_t>(y)) * kWidth +
                          static_cast<std::size_t>(x);
          const int want = static_cast<unsigned char>(said.out[at]);
          if (std::abs(seen[part] - want) > kTolerance) ++apart;
        }
      }
    }
    EXPECT_EQ(apart, 0) << siting.name;
    display_->key("q");
    EXPECT_EQ(player.wait().code, 0);
  }
}

TEST_F(ViewerColour, RotatedFilmStandsUpright) {
  // Red above, blue below, and a display matrix that turns it by a quarter.
  const std::string flat = dir_.file("flat.mp4");
  const Ended made = test::run(
      words("ffmpeg -nostdin -v error -y -f lavfi -i") +
      Words{"color=red:s=320x120:r=25:d=0.2[a];color=blue:s=320x120:r=25:d=0.2[b];[a][b]vstack"} +
      words("-c:v mpeg4 -q:v 2") + Words{flat});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::string turned = dir_.file("turned.mp4");
  ASSERT_EQ(test::run(words("ffmpeg -nostdin -v error -y -i") + Words{flat} +
                      words("-c copy -metadata:s:v rotate=90") + Words{turned})
                .code,
            0);
  Program job(transcode(words("--view-keep -loglevel error -i") + Words{turned} +
                        words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] { return says("[ended]"); }));
  const auto middle = [&](int dx) {
    return display_->pixel(test::Display::kWidth / 2 + dx, test::Display::kHeight / 2);
  };
  // The output was turned by the filter, the source must be by us: the same picture.
  for (const char* key : {"", "c"}) {
    if (*key != '\0') display_->key(key);
    EXPECT_TRUE(job.until([&] { return middle(-60)[0] > 200 && middle(60)[2] > 200; })) << key;
  }
  display_->key("q");
  EXPECT_EQ(job.wait().code, 0);
}

TEST_F(ViewerColour, WideSamplesMakeAWideWindow) {
  Program job(endless("setsar=2"));
  // 640x240 in the middle of 1024x768: columns 192 to 831.
  EXPECT_TRUE(job.until([&] { return display_->pixel(200, 384)[0] > 50; }));
  EXPECT_LT(display_->pixel(180, 384)[0], 50);
  job.signal(SIGINT);
  job.wait();
}

}  // namespace
}  // namespace latham
