// SPDX-License-Identifier: MIT
// The window, for real, on a screen that nobody sees; and what it must never do to a job.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

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
    return transcode(view + words("-loglevel error -stream_loop 20 -i") +
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
