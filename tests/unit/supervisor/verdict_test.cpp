// SPDX-License-Identifier: MIT
#include "supervisor/verdict.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/stage_counts.h"

namespace latham::supervisor {
namespace {

using test::stage;

std::vector<StageCounts> whole() {
  return {stage("decoder", "demuxed=250 decoded=250 published=250 frames_out=250"),
          stage("filter", "frames_in=250 frames_out=125"),
          stage("encoder", "frames_in=125 encoded=125 muxed=125")};
}

VerdictTerms terms() {
  return {{"in.mp4"}};
}

/// Decoder, filters and encoder in a row, with a packet ring past the filters.
Pipeline chain(std::size_t stages) {
  Pipeline pipeline;
  pipeline.stages.resize(stages);
  for (std::size_t i = 0; i + 1 < stages; ++i)
    pipeline.edges.push_back(
        {static_cast<std::uint32_t>(i + 1), i, 0, {{i + 1, 0, Policy::lossless}}, {}, {}});
  pipeline.packets.push_back({0, stages - 1, 0, {}, {}});
  return pipeline;
}

std::optional<Failure> verdict(const std::vector<StageCounts>& stages, const VerdictTerms& terms) {
  return supervisor::verdict(chain(stages.size()), stages, terms);
}

void expect_mismatch(const std::vector<StageCounts>& stages, const std::string& part) {
  const auto failure = verdict(stages, terms());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), 5);
  EXPECT_TRUE(test::contains(failure->what(), part)) << failure->what();
}

TEST(Verdict, EqualCountsAreFine) {
  EXPECT_FALSE(verdict(whole(), terms()));
}

TEST(Verdict, LossOnEachHopIsNamedWithBothNumbers) {
  auto stages = whole();
  stages[0] = stage("decoder", "decoded=250 published=249");
  expect_mismatch(stages, "decoded and published by the decoder: 250 before, 249 after");
  stages = whole();
  stages[1] = stage("filter", "frames_in=249 frames_out=125");
  expect_mismatch(stages, "from the decoder to the filter: 250 before, 249 after");
  stages = whole();
  stages[2] = stage("encoder", "frames_in=124 encoded=124 muxed=124");
  expect_mismatch(stages, "from the filter to the encoder: 125 before, 124 after");
  stages = whole();
  stages[2] = stage("encoder", "frames_in=125 encoded=125 muxed=120");
  expect_mismatch(stages, "encoded and written by the encoder: 125 before, 120 after");
}

TEST(Verdict, MoreThanWasGivenIsAMismatchToo) {
  auto stages = whole();
  stages[1] = stage("filter", "frames_in=251 frames_out=125");
  expect_mismatch(stages, "250 before, 251 after");
}

TEST(Verdict, WithAFrameLimitWhatCameLaterIsNobodysLoss) {
  const std::vector<StageCounts> stages = {stage("decoder", "decoded=24 published=22"),
                                           stage("encoder", "frames_in=10 encoded=10 muxed=10")};
  VerdictTerms limited = terms();
  limited.limited = true;
  EXPECT_FALSE(verdict(stages, limited));
  EXPECT_TRUE(verdict(stages, terms()));
  // But nothing may be invented.
  EXPECT_TRUE(verdict(
      std::vector{stage("decoder", "published=9"), stage("encoder", "frames_in=10")}, limited));
}

TEST(Verdict, WithAFrameLimitTheLastReportOfAStageEndedEarlyIsOutOfDate) {
  std::vector<StageCounts> stages = {stage("decoder", "published=0"),
                                     stage("encoder", "frames_in=7 encoded=7 muxed=7")};
  stages[0].counts.word = "progress";
  VerdictTerms limited = terms();
  limited.limited = true;
  EXPECT_FALSE(verdict(stages, limited));
  EXPECT_TRUE(verdict(stages, terms()));
}

TEST(Verdict, CountsNotGivenAreNotCompared) {
  EXPECT_FALSE(verdict(std::vector{stage("decoder", ""), stage("encoder", "frames_in=3 encoded=3")},
                       terms()));
}

TEST(Verdict, NoFrameAtAllIsTheInputsFault) {
  const std::vector<StageCounts> stages = {stage("decoder", "decoded=0 published=0 errors=4"),
                                           stage("encoder", "frames_in=0 encoded=0 muxed=0")};
  const auto failure = verdict(stages, terms());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), 3);
  EXPECT_TRUE(test::contains(failure->what(), "'in.mp4'")) << failure->what();
  EXPECT_TRUE(test::contains(failure->what(), "4 errors")) << failure->what();

  VerdictTerms interrupted = terms();
  interrupted.signal = 2;
  EXPECT_EQ(verdict(stages, interrupted)->code(), 130);

  // Without an edge nobody wanted a picture.
  EXPECT_FALSE(supervisor::verdict(Pipeline{}, stages, terms()));
}

TEST(Verdict, SoundAloneThatIsAllDamagedIsTheInputsFault) {
  Pipeline sound = chain(2);
  sound.edges.clear();
  const auto of = [&](const char* decoder) {
    const std::vector<StageCounts> stages = {stage("decoder", decoder), stage("encoder", "")};
    return supervisor::verdict(sound, stages, terms());
  };
  const auto failure = of("published=0 beside=0 errors=21");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), 3);
  EXPECT_FALSE(of("published=0 beside=0 errors=0"));  // of a part of the time without sound
  EXPECT_FALSE(of("published=0 beside=40 errors=21"));
}

TEST(Verdict, FramesThatWereAllLostAreAMismatchNotABadInput) {
  const std::vector<StageCounts> stages = {stage("decoder", "decoded=9 published=9"),
                                           stage("encoder", "frames_in=0 encoded=0 muxed=0")};
  expect_mismatch(stages, "9 before, 0 after");
}

TEST(Verdict, EachConsumerOfOneDecodeIsCompared) {
  Pipeline ladder;
  ladder.stages.resize(3);
  ladder.edges.push_back({1, 0, 0, {{1, 0, Policy::lossless}, {2, 0, Policy::lossless}}, {}, {}});
  std::vector<StageCounts> stages = {stage("decoder", "published=9 edge1=9"),
                                     stage("encoder 0", "frames_in=9 stream0=9"),
                                     stage("encoder 1", "frames_in=9 stream0=9")};
  EXPECT_FALSE(supervisor::verdict(ladder, stages, terms()));
  stages[2] = stage("encoder 1", "frames_in=8 stream0=8");
  const auto failure = supervisor::verdict(ladder, stages, terms());
  ASSERT_TRUE(failure);
  EXPECT_TRUE(test::contains(failure->what(), "from the decoder to the encoder 1: 9 before, 8"))
      << failure->what();
}

TEST(Verdict, SeveralStreamsOfOneStageAreCountedApart) {
  Pipeline two;
  two.stages.resize(2);
  two.edges.push_back({1, 0, 0, {{1, 0, Policy::lossless}}, {}, {}});
  two.edges.push_back({2, 0, 1, {{1, 1, Policy::lossless}}, {}, {}});
  const std::vector<StageCounts> stages = {stage("decoder", "published=14 edge1=9 edge2=5"),
                                           stage("encoder", "frames_in=14 stream0=5 stream1=9")};
  EXPECT_TRUE(supervisor::verdict(two, stages, terms()));
}

/// A job with one copied stream and one of sound that is encoded anew.
std::vector<StageCounts> with_streams(const std::string& copied_given,
                                      const std::string& copied_taken,
                                      const std::string& sound_taken) {
  auto stages = whole();
  const auto line = [](const std::string& text) {
    return control::parse("stream " + text).value();
  };
  stages.front().streams = {line("index=1 type=subtitle packets=9 " + copied_given),
                            line("index=2 type=audio packets=50 given=49 samples=50176")};
  stages.back().streams = {line("index=1 source=1 type=subtitle " + copied_taken),
                           line("index=2 source=2 type=audio packets=51 " + sound_taken)};
  return stages;
}
constexpr const char* kGiven = "given=9";
constexpr const char* kTaken = "taken=9 refused=2 packets=7";
constexpr const char* kSound = "taken=49 samples=50176";

TEST(Verdict, PacketsThatAreWrittenOrRefusedForAReasonAreFine) {
  EXPECT_FALSE(verdict(with_streams(kGiven, kTaken, kSound), terms()));
}

TEST(Verdict, LossOnEachHopOfAnotherStreamIsNamed) {
  expect_mismatch(with_streams("given=8", "taken=8 refused=1 packets=7", kSound),
                  "packets of subtitle stream 1 read and given by the decoder: 9 before, 8 after");
  expect_mismatch(
      with_streams(kGiven, "taken=8 refused=1 packets=7", kSound),
      "packets of subtitle stream 1 from the decoder to the encoder: 9 before, 8 after");
  expect_mismatch(
      with_streams(kGiven, "taken=9 refused=1 packets=7", kSound),
      "packets of subtitle stream 1 taken and written by the encoder: 8 before, 7 after");
  expect_mismatch(with_streams(kGiven, kTaken, "taken=48 samples=50176"),
                  "packets of audio stream 2 from the decoder to the encoder: 49 before, 48 after");
  expect_mismatch(with_streams(kGiven, kTaken, "taken=49 samples=50175"),
                  "samples of audio stream 2 from the decoder to the encoder: 50176 before, 50175");
}

TEST(Verdict, EncoderThatStoppedEarlyNeedNotHaveTakenAll) {
  EXPECT_FALSE(verdict(
      with_streams(kGiven, "taken=4 refused=0 packets=4 whole=0", "taken=20 samples=20480 whole=0"),
      terms()));
}

}  // namespace
}  // namespace latham::supervisor
