// SPDX-License-Identifier: MIT
// A whole job over stages that only pretend: bring-up, watching, verdict, what is left on disk.
#include "supervisor/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/fake_stage.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using test::contains;

constexpr const char* kDecoderDone =
    "say:done~demuxed=3~decoded=3~published=3~frames_out=3~waited_ms=5~copied=0";
constexpr const char* kEncoderDone =
    "say:done~frames_in=3~encoded=3~muxed=3~time_us=120000~waited_ms=9~copied=0";

class Session : public testing::Test {
 protected:
  Session() {
    job_.inputs.push_back({files_.write("in.mp4", "input"), {}});
    job_.outputs.push_back({files_.file("out.mp4"), {}});
    job_.globals.keep_existing = true;  // never ask
    job_.globals.stage_retries = 0;
    decoder(fmt::format("ready link {}", kDecoderDone));
    encoder(fmt::format("ready link write:hello {}", kEncoderDone));
    filter("ready link say:done~frames_in=3~frames_out=3");
    before_ = test::count_open_fds();
  }
  ~Session() override {
    // Whatever happened: no process, no descriptor and no half a file is left.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(test::count_open_fds(), before_);
    EXPECT_FALSE(files_.has("out.mp4.part"));
  }

  void decoder(const std::string& words) { stages_.script("decoder", words); }
  void encoder(const std::string& words) { stages_.script("encoder", words); }
  void filter(const std::string& words) { stages_.script("filter", words); }

  void option(const std::string& name, const std::string& value) {
    job_.outputs.front().options.push_back({name, value});
  }

  int run() {
    std::FILE* out = std::tmpfile();
    struct Close {
      std::FILE* out;
      std::string& printed;
      ~Close() {
        std::rewind(out);
        for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out))
          printed += static_cast<char>(c);
        std::fclose(out);
      }
    } close{out, printed_};
    return run_transcode(job_, stages_.folder(), out);
  }

  [[nodiscard]] bool wrote_file() const { return files_.has("out.mp4"); }

  test::TempDir files_;
  test::FakeStages stages_;
  Job job_;
  std::string printed_;
  std::size_t before_ = 0;
};

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

TEST_F(Session, GoodJobLeavesItsFileAndASummary) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(test::read_file(job_.outputs.front().name), "hello");
  EXPECT_TRUE(contains(printed_, "out.mp4: 3 frames, 0.1 s, 5 B in ")) << printed_;
  EXPECT_TRUE(
      contains(printed_, "  0 frames copied, 0 B copied, transport shm; slowest stage: decoder"))
      << printed_;
  EXPECT_EQ(stages_.arguments("decoder"), "-i\n" + job_.inputs.front().name + "\n");
  EXPECT_EQ(stages_.arguments("filter"), "");
}

TEST_F(Session, FilterIsStartedWhenNeeded) {
  option("filter:v", "hflip");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(stages_.arguments("filter"), "-vf\nhflip\n-pix_fmts\nyuv420p\n");
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
  EXPECT_TRUE(contains(printed_, "  encoder 1 3 in")) << printed_;
}

TEST_F(Session, OneOutputThatFailsLeavesNone) {
  job_.outputs.push_back({files_.write("second.mp4", "old"), {}});
  EXPECT_REFUSED((void)run(), 4, "second.mp4' exists; add -y to overwrite it");
  EXPECT_FALSE(wrote_file());
  EXPECT_EQ(test::read_file(files_.file("second.mp4")), "old");
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
  EXPECT_REFUSED((void)run(), 4, "add -y to overwrite it");
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
  encoder("ready link sleep:20 say:error~kind=failed~:encoder:~the~filter~is~gone exit:1");
  EXPECT_REFUSED((void)run(), 6, "filter (pid ");
}

TEST_F(Session, ErrorLineIsToldAsItIsWithItsExitCode) {
  decoder("ready link obey");
  encoder("ready link say:error~kind=output~:encoder:~write:~No~space~left exit:1");
  EXPECT_REFUSED((void)run(), 4, "encoder: write: No space left");
}

TEST_F(Session, ErrorBeforeReadyIsTold) {
  encoder("say:error~kind=usage~:encoder:~unknown~encoder exit:1");
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

TEST_F(Session, LostFramesAreExitFiveAndNoFile) {
  encoder("ready link write:x say:done~frames_in=2~encoded=2~muxed=2");
  EXPECT_REFUSED((void)run(), 5, "from the decoder to the encoder: 3 before, 2 after");
  EXPECT_FALSE(wrote_file());
}

TEST_F(Session, VerifiedFileIsReadBackBeforeItGetsItsName) {
  job_.globals.verify = true;
  decoder(fmt::format("ready link say:stream~index=0~type=video~packets=3 {}", kDecoderDone));
  encoder(
      fmt::format("ready link say:stream~index=0~source=0~type=video~packets=3 {}", kEncoderDone));
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "verified: 3 frames decoded, 1 streams")) << printed_;
  EXPECT_TRUE(contains(stages_.arguments("decoder"), "-read_all\n"));
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
  option("frames:v", "3");
  decoder("ready link say:progress~published=9 obey");
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(wrote_file());
}

TEST_F(Session, FrameLimitExcusesWhatTheDecoderSaysAfterwards) {
  option("frames:v", "3");
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
  EXPECT_EQ(stages_.arguments("viewer"), "-title\n" + job_.inputs.front().name + "\n");
  EXPECT_FALSE(contains(printed_, "warning")) << printed_;
  EXPECT_FALSE(contains(printed_, "viewer")) << printed_;
}

TEST_F(Session, ViewerThatIsMissingIsAWarning) {
  job_.globals.view = true;
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(contains(printed_, "latham-viewer': No such file")) << printed_;
  EXPECT_TRUE(contains(printed_, "the job goes on without it")) << printed_;
}

TEST_F(Session, ViewerThatRefusesIsOneWarning) {
  job_.globals.view = true;
  stages_.script("viewer", "say:error~kind=failed~:viewer:~open~a~window:~no~display exit:1");
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
