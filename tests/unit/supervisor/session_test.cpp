// SPDX-License-Identifier: MIT
// A whole job over stages that only pretend: bring-up, watching, verdict, what is left on disk.
#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/unit/supervisor/pretended_job.h"

namespace latham::supervisor {
namespace {

TEST_F(Session, GoodJobLeavesItsFileAndASummary) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(test::read_file(job_.outputs.front().name), "hello");
  EXPECT_TRUE(contains(printed_, "out.mp4: 3 frames, 0.1 s, 5 B in ")) << printed_;
  EXPECT_TRUE(contains(printed_, "  0 frames copied, 0 B copied, transport shm\n")) << printed_;
  EXPECT_EQ(stages_.arguments("decoder"), "-i\n" + job_.inputs.front().name + "\n");
  EXPECT_EQ(stages_.arguments("filter"), "");
}

TEST_F(Session, FilterIsStartedWhenNeeded) {
  option("filter:v", "hflip");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(stages_.arguments("filter"), "-vf\nhflip\n--pix-fmts\nyuv420p\n");
  EXPECT_TRUE(contains(printed_, "  filter   3 in, 3 out")) << printed_;
}

TEST_F(Session, PipesJoinTheSameStages) {
  job_.globals.transport = Transport::pipe;
  option("filter:v", "hflip");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "transport pipe")) << printed_;
}

TEST_F(Session, NullOutputNeedsNoFile) {
  encoder(fmt::format("say:wants~stream=0~input=0~source=0~as=frames say:ready~output=none link {}",
                      kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, EveryOutputIsWrittenByAnEncoderOfItsOwn) {
  job_.outputs.push_back({files_.file("second.mp4"), {}});
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(test::read_file(files_.file("out.mp4")), "hello");
  EXPECT_EQ(test::read_file(files_.file("second.mp4")), "hello");
  EXPECT_TRUE(contains(printed_, "second.mp4: 3 frames")) << printed_;
  EXPECT_TRUE(contains(printed_, "  encoder 1  3 in")) << printed_;
}

TEST_F(Session, EveryInputIsReadByADecoderOfItsOwn) {
  job_.inputs.push_back({files_.write("in2.mp4", "input"), {}});
  encoder(fmt::format(
      "say:wants~stream=0~input=0~source=0~as=frames say:wants~stream=1~input=1~source=0~as=copied "
      "ready link write:hello {}",
      kEncoderDone));
  decoder(fmt::format("ready link {}", kDecoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "  decoder 1 ")) << printed_;
}

TEST_F(Session, VerifiedFileIsReadBackBeforeItGetsItsName) {
  job_.globals.verify = true;
  decoder(fmt::format("ready link say:stream~index=0~type=video~packets=3 {}", kDecoderDone));
  encoder(
      fmt::format("ready link say:stream~index=0~source=0~type=video~packets=3 {}", kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "verified: 3 frames decoded, 1 streams")) << printed_;
  EXPECT_TRUE(contains(stages_.arguments("decoder"), "--read-all\n"));
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, FileThatIsNotWhatWasWrittenIsExitFiveAndNoFile) {
  job_.globals.verify = true;
  decoder(fmt::format("ready link say:stream~index=0~type=video~packets=2 {}", kDecoderDone));
  encoder(
      fmt::format("ready link say:stream~index=0~source=0~type=video~packets=3 {}", kEncoderDone));
  EXPECT_REFUSED((void)run(), 5, "video stream 0: packets: 3 were written, 2 came back");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, VerifyNeedsAnOrdinaryFile) {
  job_.globals.verify = true;
  encoder(fmt::format("say:wants~stream=0~input=0~source=0~as=frames say:ready~output=none link {}",
                      kEncoderDone));
  EXPECT_REFUSED((void)run(), 2, "it must be an ordinary file");
}

TEST_F(Session, LostPacketOfACopiedStreamIsExitFiveAndNamed) {
  decoder(fmt::format("ready link say:stream~index=1~type=subtitle~packets=4~given=4 {}",
                      kDecoderDone));
  encoder(
      fmt::format("say:wants~stream=1~input=0~source=1~as=copied "
                  "ready link write:hello say:stream~source=1~taken=3~refused=0~packets=3 {}",
                  kEncoderDone));
  EXPECT_REFUSED((void)run(), 5,
                 "packets of subtitle stream 1 from the decoder to the encoder: 4 before, 3 after");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, NoFrameIsExitThree) {
  decoder("ready link say:done~decoded=0~published=0~errors=1");
  encoder("ready link say:done~frames_in=0~encoded=0~muxed=0");
  EXPECT_REFUSED((void)run(), 3, "not one frame came out of it");
}

TEST_F(Session, FrameLimitReleasesADecoderThatWaitsForEver) {
  encoder(fmt::format("ready:limited=1 link write:hello {}", kEncoderDone));
  decoder("ready link say:progress~published=9 obey");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, FrameLimitExcusesWhatTheDecoderSaysAfterwards) {
  encoder(fmt::format("ready:limited=1 link write:hello {}", kEncoderDone));
  decoder("ready link stop say:error~kind=failed~:decoder:~broken~pipe exit:1");
  EXPECT_EQ(run(), 0);
}

TEST_F(Session, StageTimeoutKillsTheStageThatStands) {
  job_.globals.stage_timeout_s = 0.3;
  decoder("ready link say:progress~frames_out=5 hang");
  encoder("ready link sleep:150 say:progress~frames_in=5 hang");
  EXPECT_REFUSED((void)run(), 6, "decoder (pid ");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, StageTimeoutKillsTheFirstOfThoseWhoStoppedAndOnlyTalk) {
  job_.globals.stage_timeout_s = 1;
  decoder("ready link talk");
  encoder("ready link work:20 talk");
  EXPECT_REFUSED((void)run(), 6, "decoder (pid ");
}

TEST_F(Session, StageTimeoutSparesOneThatWaitsForAnotherThatGetsOn) {
  job_.globals.stage_timeout_s = 1.5;
  decoder(fmt::format("ready link talk:60 {}", kDecoderDone));
  encoder(fmt::format("ready link work:60 write:hello {}", kEncoderDone));
  EXPECT_EQ(run(), 0);
}

TEST_F(Session, StageTimeoutCountsBeforeReadyToo) {
  job_.globals.stage_timeout_s = 0.3;
  encoder("hang");
  EXPECT_REFUSED((void)run(), 6, "encoder (pid ");
}

TEST_F(Session, WarningsAndNonsenseDoNotEndTheJob) {
  decoder(fmt::format("ready link say:warning~:odd~timestamps say:tralala~a=1 say:NONSENSE!! {}",
                      kDecoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "latham: warning: decoder: odd timestamps\n")) << printed_;
  EXPECT_TRUE(contains(printed_, "said 'tralala'")) << printed_;
  EXPECT_TRUE(contains(printed_, "makes no sense")) << printed_;
}

TEST_F(Session, CrashAfterDoneKeepsTheFileAndWarns) {
  encoder(fmt::format("ready link write:hello {} die:11", kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(wrote_file());
  EXPECT_TRUE(contains(printed_, "after it had finished")) << printed_;
}

/// Signals its parent, the supervisor, after some time; not through a stage, whose death would be
/// news.
LATHAM_CHILD(send_signal) {
  const pid_t supervisor = ::getppid();
  const int signal = std::stoi(args.at(0));
  for (std::size_t i = 1; i < args.size(); ++i) {
    ::usleep(static_cast<useconds_t>(std::stoul(args[i]) * 1000));
    ::kill(supervisor, signal);
  }
  return 0;
}

/// The helper above is a child of this process as the stages are, so it is reaped before ~Session
/// looks.
template <class Run>
void with_signals(test::Child sender, Run&& run) {
  run();
  EXPECT_EQ(sender.wait().code, 0);
}

TEST_F(Session, FirstInterruptFinishesTheFile) {
  decoder(fmt::format("ready link stop {}", kDecoderDone));
  with_signals(test::spawn_child("send_signal", SIGINT, 500), [&] { EXPECT_EQ(run(), 130); });
  EXPECT_TRUE(wrote_file());
  EXPECT_TRUE(contains(printed_, "latham: interrupted; finishing ")) << printed_;
  EXPECT_TRUE(contains(printed_, " is finished and ends where the decoder was")) << printed_;
}

TEST_F(Session, TerminateFinishesTheFileToo) {
  decoder(fmt::format("ready link stop {}", kDecoderDone));
  with_signals(test::spawn_child("send_signal", SIGTERM, 500), [&] { EXPECT_EQ(run(), 143); });
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, SecondInterruptGivesUpAndLeavesNothing) {
  decoder("ready link stop hang");
  encoder("ready link write:half obey");
  with_signals(test::spawn_child("send_signal", SIGINT, 500, 600),
               [&] { EXPECT_REFUSED((void)run(), 130, "given up; no file was written"); });
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, SameRequestSentTwiceAtOnceCountsOnce) {
  decoder(fmt::format("ready link stop sleep:300 {}", kDecoderDone));
  with_signals(test::spawn_child("send_signal", SIGTERM, 500, 20), [&] { EXPECT_EQ(run(), 143); });
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, InterruptBeforeTheFirstFrameGivesUpAtOnce) {
  encoder("hang");
  with_signals(test::spawn_child("send_signal", SIGINT, 300), [&] {
    EXPECT_REFUSED((void)run(), 130, "interrupted before the first frame; no file was written");
  });
}

// ---- those who only look on --------------------------------------------------------------------

TEST_F(Session, ViewerIsSeatedAndShownOut) {
  job_.globals.view = true;
  stages_.script("viewer", "ready link stop say:done");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(stages_.arguments("viewer"), "--title\n" + job_.inputs.front().name + "\n");
  EXPECT_FALSE(contains(printed_, "warning")) << printed_;
  EXPECT_FALSE(contains(printed_, "viewer")) << printed_;
}

TEST_F(Session, ViewerThatComesWhenAllIsOverIsSentAway) {
  job_.globals.view = job_.globals.keep_view = true;
  stages_.script("viewer", "sleep:2500 ready obey");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(test::read_file(files_.file("out.mp4")), "hello");
}

TEST_F(Session, ViewerThatIsMissingIsAWarning) {
  job_.globals.view = true;
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "latham-viewer': No such file")) << printed_;
  EXPECT_TRUE(contains(printed_, "the job goes on without it")) << printed_;
}

TEST_F(Session, ViewerThatRefusesIsOneWarning) {
  job_.globals.view = true;
  stages_.script("viewer", "say:error~kind=failed~:open~a~window:~no~display exit:1");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_,
                       "latham: warning: viewer: open a window: no display; the job goes on "
                       "without it\n"))
      << printed_;
  EXPECT_EQ(printed_.find("warning"), printed_.rfind("warning")) << printed_;
}

TEST_F(Session, ViewerThatDiesIsOneWarning) {
  job_.globals.view = true;
  decoder(fmt::format("ready link sleep:300 {}", kDecoderDone));
  stages_.script("viewer", "ready link die:11");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "was killed by signal 11")) << printed_;
  EXPECT_EQ(printed_.find("warning"), printed_.rfind("warning")) << printed_;
}

TEST_F(Session, ViewerThatHangsDelaysNobodyForLong) {
  job_.globals.view = true;
  stages_.script("viewer", "hang");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, StopFromTheWindowFinishesTheFileAndTellsTheScript) {
  job_.globals.view = true;
  decoder(fmt::format("ready link stop {}", kDecoderDone));
  stages_.script("viewer", "ready link say:request~what=stop stop say:done");
  EXPECT_EQ(run(), 130);
  EXPECT_TRUE(contains(printed_, "stopped from the window")) << printed_;
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, JobGoesOnWhenTheViewerThatPausedItDies) {
  job_.globals.view = true;
  job_.globals.stage_timeout_s = 30;
  decoder(
      fmt::format("ready link await:pause say:paused await:resume say:resumed {}", kDecoderDone));
  stages_.script("viewer", "ready link say:request~what=pause sleep:100 die:9");
  EXPECT_EQ(run(), 0);
}

TEST_F(Session, KeptViewerStaysUntilItIsClosed) {
  job_.globals.view = job_.globals.keep_view = true;
  stages_.script("viewer", "ready link sleep:200 say:done");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "the window shows the last picture; close it to end")) << printed_;
}

}  // namespace
}  // namespace latham::supervisor
