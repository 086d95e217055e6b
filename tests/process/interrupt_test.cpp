// SPDX-License-Identifier: MIT
// Ctrl-C once finishes the file, twice gives it up.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

Words slow_job(const Place& place, const std::string& name) {
  return transcode(Words{"-i", clip("long")} + words("-vf hflip -c:v libx264 -preset medium") +
                   Words{place.file(name)});
}

/// Plays to its end without a complaint and has frames.
void expect_playable(const std::string& file) {
  const Ended end =
      run(words("ffmpeg -nostdin -v error -i") + Words{file} + words("-f framemd5 -"));
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.err, "");
  EXPECT_NE(without_versions(end.out).find("\n0, "), std::string::npos) << "no frame in " << file;
}

class Interrupt : public testing::TestWithParam<int> {
 protected:
  Place place_;
};

TEST_P(Interrupt, OnceFinishesTheFile) {
  for (const std::string name : {"out.mkv", "out.mp4"}) {
    Program job(slow_job(place_, name), place_.settings());
    ASSERT_TRUE(job.until([&] { return place_.is_growing(name + ".part"); })) << job.err();
    job.signal_group(GetParam());
    const Ended end = job.wait();
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(end.code, 128 + GetParam()) << end.err;
    EXPECT_NE(end.err.find("is finished"), std::string::npos) << end.err;
    EXPECT_TRUE(job.family().empty());
    EXPECT_TRUE(place_.has(name));
    EXPECT_FALSE(place_.has(name + ".part"));
    expect_playable(place_.file(name));
  }
}

TEST_P(Interrupt, TwiceGivesTheFileUp) {
  Program job(slow_job(place_, "out.mkv"), place_.settings());
  ASSERT_TRUE(job.until([&] { return place_.is_growing("out.mkv.part"); })) << job.err();
  // So that the first signal cannot end the job before the second one comes.
  ::kill(job.stage("encoder").value(), SIGSTOP);
  job.signal(GetParam());
  ASSERT_TRUE(job.until([&] { return job.err().find("finishing") != std::string::npos; }));
  // Two signals at once count as one: `timeout` and shells signal a process and its group.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  job.signal(GetParam());
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 128 + GetParam()) << end.err;
  EXPECT_TRUE(job.family().empty());
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(Interrupt, BeforeTheFirstFrameLeavesNothing) {
  Program job(slow_job(place_, "out.mkv"), place_.settings());
  // Ready is never said by a decoder that is stopped.
  ASSERT_TRUE(job.until([&] { return job.stage("decoder").has_value(); })) << job.err();
  ::kill(job.stage("decoder").value(), SIGSTOP);
  ASSERT_TRUE(job.until([&] { return job.stage("encoder").has_value(); })) << job.err();
  if (place_.has("out.mkv.part")) GTEST_SKIP() << "the job was faster than the test";
  job.signal(GetParam());
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 128 + GetParam()) << end.err;
  EXPECT_TRUE(job.family().empty());
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(Interrupt, WhileNobodyReadsTheProgressLeavesNothing) {
  const std::string fifo = place_.file("progress");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Program job(transcode({"-progress", fifo, "-i", clip("tiny"), place_.file("out.mkv")}),
              place_.settings());
  // It waits there for a reader; a signal that comes before it does is as good.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  job.signal(GetParam());
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.signal, GetParam());
  EXPECT_EQ(place_.leftovers(), "progress ");
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupt, testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "Int" : "Term"; });

TEST(Reader, WhoIsGoneDoesNotHarmTheJob) {
  for (const char* to : {"2>/dev/full", "2> >(head -c 1 > /dev/null)"}) {
    SCOPED_TRACE(to);
    const Place place;
    const std::string command = "exec \"$0\" \"$@\" ";
    const Ended end = run(Words{"bash", "-c", command + to} +
                          transcode({"-i", clip("long"), "-an", "-loglevel", "debug", "-c:v",
                                     "libx264", "-preset", "ultrafast", place.file("out.mkv")}));
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(end.code, 0);
    EXPECT_EQ(place.leftovers(), "out.mkv ");
  }
}

}  // namespace
}  // namespace latham::test
