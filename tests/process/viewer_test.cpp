// SPDX-License-Identifier: MIT
// The window on a job: it opens, obeys its keys and goes without the job's noticing.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::transcode;
using test::operator+;
using test::Words;
using test::words;

using Viewer = test::Windowed;

TEST_F(Viewer, WindowOpensWithTheJobAndClosesWithIt) {
  test::Trickle trickle(film());
  Program job(hashed(trickle.path(), words("--view")));
  EXPECT_TRUE(job.until([&] { return !display_->title().empty(); }));
  trickle.release();
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(job.until_alone());
}

TEST_F(Viewer, OutputIsTheSameWhateverBecomesOfTheWindow) {
  const std::string input = film();
  const Ended plain = test::run(hashed(input));
  ASSERT_EQ(plain.code, 0) << plain.err;
  for (const int signal : {0, SIGKILL, SIGSTOP, SIGSEGV}) {
    test::Trickle trickle(input);
    Program job(hashed(trickle.path(), words("--view")));
    ASSERT_TRUE(job.until([&] { return job.stage("viewer") && !display_->title().empty(); }));
    ASSERT_EQ(::kill(job.stage("viewer").value(), signal), 0);
    trickle.release();
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
  test::Trickle trickle(film());
  Program job(hashed(trickle.path(), words("--view --stage-timeout 5")));
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  display_->key("space");
  EXPECT_TRUE(job.until([&] { return says("[paused]"); }));
  trickle.release();
  display_->key("q");
  EXPECT_EQ(job.wait().code, 0);
}

TEST_F(Viewer, StopIsAskedForAndFinishesTheFile) {
  Program job(endless());
  ASSERT_TRUE(job.until([&] { return !display_->title().empty(); }));
  display_->key("shift+s");
  ASSERT_TRUE(job.until([&] { return says("y/n"); }));
  display_->key("y");
  EXPECT_EQ(job.wait().code, 130);
}

TEST_F(Viewer, KeptWindowShowsTheLastPictureUntilItIsClosed) {
  Program job(transcode(words("--view-keep -loglevel warning -i") +
                        Words{clip("color=c=white:s=320x240:d=1")} + words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] { return says("[ended]"); })) << job.wait().code << ": " << job.err();
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
