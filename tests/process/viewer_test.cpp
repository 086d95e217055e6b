// SPDX-License-Identifier: MIT
// The window, for real, on a screen that nobody sees; and what it must never do to a job.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/process/display.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

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

class Viewer : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(std::filesystem::path(test::latham_program()).parent_path() /
                                 "latham-viewer"))
      GTEST_SKIP() << "built without SDL2: no viewer";
    display_ = test::Display::start();
    if (!display_) GTEST_SKIP() << "no Xvfb or xdotool here: install xvfb and xdotool";
  }

  /// A second of video that ffmpeg makes of a lavfi source, lossless.
  [[nodiscard]] std::string clip(const std::string& source) const {
    const std::string path = dir_.file("clip.mkv");
    const Ended made = test::run(words("ffmpeg -nostdin -v error -y -f lavfi -i") + Words{source} +
                                 words("-c:v ffv1 -pix_fmt yuv420p") + Words{path});
    EXPECT_EQ(made.code, 0) << made.err;
    return path;
  }
  /// A job that never ends by itself; gray unless the filter says otherwise.
  [[nodiscard]] Words endless(const std::string& filter = "null") const {
    return transcode(words("--view -loglevel error -stream_loop -1 -i") +
                     Words{clip("color=c=gray:s=320x240:r=25:d=1"), "-vf", filter} +
                     words("-c:v ffv1 -f null -"));
  }
  /// One that takes a second or more, and whose output is a hash.
  [[nodiscard]] Words hashed(const Words& view) const {
    return transcode(view + words("-loglevel error -stream_loop 40 -i") +
                     Words{clip("testsrc2=s=640x360:r=25:d=2")} +
                     words("-vf hflip -c:v ffv1 -f md5 -"));
  }

  test::TempDir dir_;
  std::unique_ptr<test::Display> display_;
};

TEST_F(Viewer, WindowOpensWithTheJobAndClosesWithIt) {
  Program job(hashed(words("--view")));
  EXPECT_TRUE(job.until([&] { return !display_->title().empty(); }));
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(job.until_alone());
}

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

TEST_F(Viewer, ScreenShowsTheColoursThatTheMatrixSays) {
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
    {"OddSize", "701x395", "yuv420p", "colorspace=bt709:range=tv", "bt709:in_range=tv", "", 701,
     395},
    {"WideSamples", "320x360", "yuv420p", "colorspace=bt709:range=tv", "bt709:in_range=tv",
     ",setsar=2", 640, 360},
    {"Rgb", "640x360", "bgr0", "range=pc", "", "", 640, 360},
};

TEST_F(Viewer, BarsAreWhatFfmpegSaysTheyAre) {
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
    ASSERT_TRUE(job.until([&] { return display_->title().find("[ended]") != std::string::npos; }))
        << bars.name << job.err();
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

TEST_F(Viewer, RotatedFilmStandsUpright) {
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
  ASSERT_TRUE(job.until([&] { return display_->title().find("[ended]") != std::string::npos; }));
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

TEST_F(Viewer, WideSamplesMakeAWideWindow) {
  Program job(endless("setsar=2"));
  // 640x240 in the middle of 1024x768: columns 192 to 831.
  EXPECT_TRUE(job.until([&] { return display_->pixel(200, 384)[0] > 50; }));
  EXPECT_LT(display_->pixel(180, 384)[0], 50);
  job.signal(SIGINT);
  job.wait();
}

TEST_F(Viewer, OutputIsTheSameWithTheViewerKilledStoppedOrClosed) {
  const Ended plain = test::run(hashed({}));
  ASSERT_EQ(plain.code, 0) << plain.err;
  {
    const Ended shown = test::run(hashed(words("--view")));
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_EQ(shown.out, plain.out);
  }
  for (const int signal : {SIGKILL, SIGSTOP, SIGSEGV}) {
    Program job(hashed(words("--view")));
    ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
    if (const auto viewer = job.stage("viewer")) ::kill(*viewer, signal);
    const Ended ended = job.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, plain.out) << "signal " << signal;
    EXPECT_TRUE(job.until_alone());
  }
}

/// `latham ARGS` among the sessions of this test alone.
class Sessions : public Viewer {
 protected:
  void SetUp() override {
    Viewer::SetUp();
    ::setenv("XDG_RUNTIME_DIR", runtime_.path().c_str(), 1);
  }
  void TearDown() override { ::unsetenv("XDG_RUNTIME_DIR"); }

  static Words latham(std::string_view args) { return Words{test::latham_program()} + words(args); }

  test::TempDir runtime_;
};

TEST_F(Sessions, AreListedWhileTheyRunAndLeaveNothing) {
  EXPECT_EQ(test::run(latham("ls")).out, "no session is running\n");
  {
    Program job(transcode(words("-loglevel error -stream_loop -1 -i") +
                          Words{clip("color=s=64x64:d=1")} + words("-c:v ffv1 -f null -")));
    EXPECT_TRUE(job.until([&] {
      const std::string listed = test::run(latham("ls")).out;
      return listed.find(fmt::format("{}  running ", job.pid())) != std::string::npos &&
             listed.find("clip.mkv -> -") != std::string::npos;
    }));
    job.signal(SIGINT);
    job.wait();
  }
  EXPECT_TRUE(std::filesystem::is_empty(runtime_.path()));
}

TEST_F(Sessions, ViewWithoutASessionSaysHowToStartOne) {
  const Ended ended = test::run(latham("view"));
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.err, "latham: view: no session is running; start one with `latham transcode`\n");
  EXPECT_EQ(test::run(latham("view 4711")).code, 3);
}

TEST_F(Sessions, ViewWithoutADisplaySaysSo) {
  Program job(transcode(words("-loglevel error -stream_loop -1 -i") +
                        Words{clip("color=s=64x64:d=1")} + words("-c:v ffv1 -f null -")));
  display_.reset();
  Ended ended;
  EXPECT_TRUE(job.until([&] {
    ended = test::run(latham("view"));
    return ended.err.find("there is no display; set DISPLAY or WAYLAND_DISPLAY\n") !=
           std::string::npos;
  })) << ended.err;
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(job.is_running());
}

TEST_F(Sessions, OutputIsTheSameWhileViewersComeStopDieAndComeAgain) {
  const Ended plain = test::run(hashed({}));
  ASSERT_EQ(plain.code, 0) << plain.err;
  Program job(hashed({}));
  ASSERT_TRUE(job.until(
      [&] { return test::run(latham("ls")).out.find("  running ") != std::string::npos; }));
  // Each is left in its own way; the stopped one stays for the rest of the job.
  std::vector<std::unique_ptr<Program>> stopped;
  int seen = 0;
  for (int round = 0; round < 10 && job.is_running(); ++round) {
    auto viewer = std::make_unique<Program>(latham("view"));
    if (!viewer->until([&] { return viewer->stage("viewer") && !display_->title().empty(); })) {
      continue;  // the job had not begun, or is over
    }
    ++seen;
    const auto stage = viewer->stage("viewer");
    if (round % 3 == 0) {
      if (stage) ::kill(*stage, SIGSTOP);
      stopped.push_back(std::move(viewer));
    } else if (round % 3 == 1) {
      viewer->signal(SIGKILL);
    } else if (stage) {
      ::kill(*stage, SIGKILL);
      EXPECT_EQ(viewer->wait().code, 6);
    }
  }
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, plain.out);
  EXPECT_GT(seen, 0);
}

TEST_F(Sessions, LastPictureStaysWhenTheJobEndsAndPauseIsTakenBackWithItsViewer) {
  Program job(transcode(words("-loglevel error -stream_loop -1 -i") +
                        Words{clip("color=c=white:s=320x240:d=1")} + words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until(
      [&] { return test::run(latham("ls")).out.find("  running ") != std::string::npos; }));
  {
    Program first(latham("view"));
    ASSERT_TRUE(first.until([&] { return !display_->title().empty(); })) << first.err();
    display_->key("space");
    EXPECT_TRUE(job.until(
        [&] { return test::run(latham("ls")).out.find("  paused ") != std::string::npos; }));
    display_->key("q");
    EXPECT_EQ(first.wait().code, 0);
  }
  EXPECT_TRUE(job.until(
      [&] { return test::run(latham("ls")).out.find("  running ") != std::string::npos; }));
  Program second(latham("view"));
  ASSERT_TRUE(second.until([&] { return !display_->title().empty(); }));
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
  EXPECT_TRUE(second.until([&] { return display_->title().find("[ended]") != std::string::npos; }));
  EXPECT_GT(display_->pixel(512, 384)[0], 250);
  display_->key("q");
  EXPECT_EQ(second.wait().code, 0);
}

TEST_F(Sessions, DifferenceOfSourceAndOutputIsWhatTheFilterChanged) {
  // Ten code values brighter: four times that is 40 on black.
  Program job(transcode(words("-loglevel error -stream_loop -1 -i") +
                        Words{clip("color=c=gray:s=320x240:r=25:d=1"), "-vf",
                              "format=gbrp,lutrgb=r=val+10:g=val+10:b=val+10"} +
                        words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] {
    return test::run(latham("ls")).out.find("  running ") != std::string::npos;
  })) << job.err();
  Program viewer(latham("view"));
  ASSERT_TRUE(viewer.until([&] { return !display_->title().empty(); })) << viewer.err();
  for (int i = 0; i < 3; ++i) display_->key("c");
  std::array<int, 3> seen{};
  EXPECT_TRUE(viewer.until([&] {
    seen = display_->pixel(512, 384);
    return std::abs(seen[0] - 40) <= 8 && std::abs(seen[1] - 40) <= 8;
  })) << seen[0];
}

TEST_F(Viewer, KilledViewerIsOneWarning) {
  Program job(transcode(words("--view -loglevel warning -stream_loop -1 -i") +
                        Words{clip("color=s=64x64:d=1")} + words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  ::kill(job.stage("viewer").value(), SIGKILL);
  EXPECT_TRUE(job.until([&] {
    return job.err().find("was killed by signal 9 (Killed); the job goes on without it") !=
           std::string::npos;
  }));
  EXPECT_TRUE(job.is_running());
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

TEST_F(Viewer, QClosesTheWindowAndTheJobGoesOn) {
  Program job(endless());
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  display_->key("q");
  EXPECT_TRUE(job.until([&] { return !job.stage("viewer"); }));
  EXPECT_TRUE(job.is_running());
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().err, "");  // -loglevel error: and nothing was one
}

TEST_F(Viewer, SpaceHoldsTheJobStillAndLeavingTheWindowLetsItGoOn) {
  Program job(hashed(words("--view --stage-timeout 5")));
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  display_->key("space");
  if (job.until([&] { return display_->title().find("[paused]") != std::string::npos; })) {
    display_->key("q");
  }
  EXPECT_EQ(job.wait().code, 0);
}

TEST_F(Viewer, StopIsAskedForAndFinishesTheFile) {
  Program job(endless());
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  display_->key("shift+s");
  ASSERT_TRUE(job.until([&] { return display_->title().find("y/n") != std::string::npos; }));
  display_->key("y");
  EXPECT_EQ(job.wait().code, 130);
}

TEST_F(Viewer, KeptWindowShowsTheLastPictureUntilItIsClosed) {
  Program job(transcode(words("--view-keep -loglevel warning -i") +
                        Words{clip("color=c=white:s=320x240:d=1")} + words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] { return display_->title().find("[ended]") != std::string::npos; }))
      << job.wait().code << ": " << job.err();
  EXPECT_GT(display_->pixel(512, 384)[0], 250);
  display_->key("q");
  EXPECT_EQ(job.wait().code, 0);
}

TEST_F(Viewer, WithoutADisplayIsOneWarningAndTheSameExitCode) {
  display_.reset();  // and with it the variables that name it
  const Ended ended =
      test::run(transcode(words("--view -loglevel warning -i") + Words{clip("color=s=64x64:d=1")} +
                          words("-c:v ffv1 -f null -")));
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.err.starts_with("latham: warning: viewer: open a window: ")) << ended.err;
  EXPECT_TRUE(ended.err.ends_with("; the job goes on without it\n")) << ended.err;
  EXPECT_EQ(ended.err.find('\n'), ended.err.size() - 1) << ended.err;
}

}  // namespace
}  // namespace latham
