// SPDX-License-Identifier: MIT
// Viewers that come to a running job, and what they must never do to it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::transcode;
using test::operator+;
using test::Words;
using test::words;

using Sessions = test::Windowed;

TEST_F(Sessions, OutputIsTheSameWithTheViewerKilledStoppedOrClosed) {
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
  EXPECT_TRUE(second.until([&] { return says("[ended]"); }));
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

}  // namespace
}  // namespace latham
