// SPDX-License-Identifier: MIT
// A job whose stages fail: which one is named, what is tried again, the exit code, and that nothing is left.
#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/unit/supervisor/pretended_job.h"

namespace latham::supervisor {
namespace {

TEST_F(Session, CrashedStageLetsTheJobBeginAgain) {
  job_.globals.stage_retries = 1;
  // Of the encoder: a decoder that crashed may get a successor, and nothing begins again.
  encoder(fmt::format("ready link die_first:11 write:hello {}", kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(test::read_file(job_.outputs.front().name), "hello");
  EXPECT_TRUE(contains(printed_, "was killed by signal 11")) << printed_;
  EXPECT_TRUE(contains(printed_, "begins again (retry 1 of 1)")) << printed_;
}

TEST_F(Session, OneCrashTooManyEndsTheJob) {
  job_.globals.stage_retries = 2;
  encoder("ready link die:9");
  EXPECT_REFUSED((void)run(), 6, "killed by signal 9");
  EXPECT_TRUE(contains(printed_, "retry 2 of 2")) << printed_;
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, SecondCrashOfTheDecoderAtOnePlaceIsTheInputs) {
  job_.globals.stage_retries = 5;
  decoder("ready link die:11");
  EXPECT_REFUSED((void)run(), 6, "second time at that place of");
  EXPECT_FALSE(contains(printed_, "retry 2")) << printed_;
}

TEST_F(Session, StagesOwnFailureIsNotTriedAgain) {
  job_.globals.stage_retries = 1;
  decoder("ready link say:error~kind=input~:no~such~thing exit:1");
  EXPECT_REFUSED((void)run(), 3, "no such thing");
  EXPECT_FALSE(contains(printed_, "retry")) << printed_;
}

TEST_F(Session, InputThatCannotBeReadAgainIsNotTriedAgain) {
  job_.globals.stage_retries = 1;
  ASSERT_EQ(::mkfifo(files_.file("fifo").c_str(), 0600), 0);
  // Our own writer: opening for reading would wait for one.
  const UniqueFd writer(::open(files_.file("fifo").c_str(), O_RDWR | O_CLOEXEC));
  job_.inputs.front().name = files_.file("fifo");
  decoder("ready link die:11");
  EXPECT_REFUSED((void)run(), 6, "killed by signal 11");
  EXPECT_FALSE(contains(printed_, "retry")) << printed_;
}

TEST_F(Session, OneOutputThatFailsLeavesNone) {
  job_.outputs.push_back({files_.write("second.mp4", "old"), {}});
  EXPECT_REFUSED((void)run(), 4, "second.mp4' exists; -n keeps it");
  EXPECT_FALSE(wrote_file());
  EXPECT_EQ(test::read_file(files_.file("second.mp4")), "old");
}

TEST_F(Session, StreamOfAnInputThatIsNotThereIsRefused) {
  encoder("say:wants~stream=0~input=7~source=0~as=copied say:ready link obey");
  EXPECT_REFUSED((void)run(), 1, "wants a stream that does not exist");
}

TEST_F(Session, InputThatIsMissingIsExitThree) {
  job_.inputs.front().name = files_.file("none.mp4");
  EXPECT_REFUSED((void)run(), 3, "No such file");
}

TEST_F(Session, ExistingOutputIsExitFourAndStagesLeave) {
  files_.write("out.mp4", "old");
  EXPECT_REFUSED((void)run(), 4, "exists; -n keeps it");
  EXPECT_EQ(test::read_file(job_.outputs.front().name), "old");
}

TEST_F(Session, MissingStageProgramIsNamed) {
  const test::TempDir empty;
  EXPECT_REFUSED((void)run_transcode(job_, empty.path(), stderr), 1,
                 "latham-decoder': No such file");
}

TEST_F(Session, CrashBeforeReadyIsExitSix) {
  decoder("die:11");
  EXPECT_REFUSED(
      (void)run(), 6,
      "was killed by signal 11 (Segmentation fault) before its first frame; no file was written");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, CrashAfterStartNamesTheLastFrame) {
  decoder("ready link say:progress~frames_out=312 die:11");
  encoder("ready link write:half obey");
  EXPECT_REFUSED((void)run(), 6, "after frame 312; no file was written");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, CrashOfEachStageIsTheCauseNotItsNeighboursError) {
  option("filter:v", "hflip");
  decoder("ready link obey");
  filter("ready link die:6");
  encoder("ready link sleep:20 say:error~kind=failed~:the~filter~is~gone exit:1");
  EXPECT_REFUSED((void)run(), 6, "filter (pid ");
}

TEST_F(Session, ErrorLineIsToldWithItsStageAndItsExitCode) {
  decoder("ready link obey");
  encoder("ready link say:error~kind=output~:write:~No~space~left exit:1");
  EXPECT_REFUSED((void)run(), 4, "encoder: write: No space left");
}

TEST_F(Session, ErrorBeforeReadyIsTold) {
  encoder("say:error~kind=usage~:unknown~encoder exit:1");
  EXPECT_REFUSED((void)run(), 2, "encoder: unknown encoder");
}

TEST_F(Session, ExitWithoutDoneIsACrash) {
  decoder("ready link exit:0");
  encoder("ready link obey");
  EXPECT_REFUSED((void)run(), 6, "left without having finished");
}

TEST_F(Session, ExitWithoutAWordIsACrash) {
  decoder("ready link obey");
  encoder("ready link exit:9");
  EXPECT_REFUSED((void)run(), 6, "encoder (pid ");
}

TEST_F(Session, StageThatIgnoresAbortIsKilled) {
  decoder("ready link die:11");
  encoder("ready link hang");
  EXPECT_REFUSED((void)run(), 6, "decoder (pid ");
}

TEST_F(Session, EncoderThatHasItsFillEndsTheJobThoughADecoderIsBeingReplaced) {
  job_.globals.stage_retries = 3;
  decoder("hang_later ready link sleep:500 die_first:9");
  encoder(fmt::format("ready:limited=1 link sleep:1500 write:hello {}", kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "another one goes on in its place")) << printed_;
  EXPECT_EQ(test::read_file(files_.file("out.mp4")), "hello");
}

TEST_F(Session, LostFramesAreExitFiveAndNoFile) {
  encoder("ready link write:x say:done~frames_in=2~encoded=2~muxed=2");
  EXPECT_REFUSED((void)run(), 5, "from the decoder to the encoder: 3 before, 2 after");
  EXPECT_FALSE(wrote_file());
}

}  // namespace
}  // namespace latham::supervisor
