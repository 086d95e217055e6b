// SPDX-License-Identifier: MIT
#include "supervisor/progress.h"

#include <gtest/gtest.h>

#include "supervisor/progress_text.h"
#include "tests/unit/supervisor/stage_counts.h"

namespace latham::supervisor {
namespace {

using test::stage;

std::vector<StageCounts> at(std::int64_t decoded_us, std::int64_t frames) {
  return {stage("decoder", fmt::format("time_us={} published={}", decoded_us, frames)),
          stage("encoder", fmt::format("frames_in={0} encoded={0} muxed={0} time_us={1} bytes={2}",
                                       frames, decoded_us, frames * 1000))};
}

TEST(ProgressMeter, ShareIsWhereTheDecoderIs) {
  ProgressMeter meter({10'000'000, std::nullopt});
  const Progress progress = meter.measure(at(4'000'000, 100), 2, false);
  EXPECT_DOUBLE_EQ(progress.share.value(), 0.4);
  EXPECT_DOUBLE_EQ(progress.fps().value(), 50);
  EXPECT_DOUBLE_EQ(progress.speed().value(), 2);
  EXPECT_DOUBLE_EQ(progress.left_s.value(), 3);
  EXPECT_EQ(progress.expected_bytes(), 250'000);
  EXPECT_DOUBLE_EQ(progress.bits_per_s().value(), 200'000);
}

TEST(ProgressMeter, FramesInsideTheEncoderAreNotDoneYet) {
  ProgressMeter meter({10'000'000, std::nullopt});
  auto stages = at(10'000'000, 100);
  stages[1] = stage("encoder", "frames_in=100 encoded=100 muxed=60");
  EXPECT_DOUBLE_EQ(meter.measure(stages, 2, false).share.value(), 0.6);
}

TEST(ProgressMeter, FilterThatChangesTheTimeDoesNotChangeTheShare) {
  ProgressMeter meter({10'000'000, std::nullopt});
  auto stages = at(5'000'000, 100);
  stages[1] = stage("encoder", "encoded=100 muxed=100 time_us=20000000");
  EXPECT_DOUBLE_EQ(meter.measure(stages, 2, false).share.value(), 0.5);
}

TEST(ProgressMeter, ContainerThatClaimsTooLittleHasNoShareUntilTheEnd) {
  ProgressMeter meter({1'000'000, std::nullopt});
  const Progress beyond = meter.measure(at(4'000'000, 100), 2, false);
  EXPECT_FALSE(beyond.share || beyond.left_s || beyond.expected_bytes());
  const Progress end = meter.measure(at(4'000'000, 100), 2, true);
  EXPECT_EQ(end.share, 1);
  EXPECT_EQ(end.left_s, 0);
}

TEST(ProgressMeter, ContainerThatClaimsTooMuchEndsAtNothingLeft) {
  ProgressMeter meter({1'132'000'000, std::nullopt});
  (void)meter.measure(at(1'000'000, 25), 2, false);
  const Progress end = meter.measure(at(1'500'000, 37), 3, true);
  EXPECT_EQ(end.share, 1);
  EXPECT_EQ(end.left_s, 0);
}

TEST(ProgressMeter, TimeLeftIsNeverNegativeAndFollowsTheRecentPace) {
  ProgressMeter meter({100'000'000, std::nullopt});
  double last = 1e9;
  for (int s = 1; s <= 100; ++s) {
    const Progress progress = meter.measure(at(s * 1'000'000, s * 25), s, false);
    ASSERT_GE(progress.left_s.value(), 0);
    ASSERT_LT(progress.left_s.value(), last);
    last = *progress.left_s;
  }
  EXPECT_NEAR(last, 0, 0.001);
}

TEST(ProgressMeter, FrameLimitIsAnEndToo) {
  ProgressMeter meter({std::nullopt, 200});
  EXPECT_DOUBLE_EQ(meter.measure(at(4'000'000, 100), 2, false).share.value(), 0.5);
}

TEST(ProgressMeter, LoadIsTheShareOfTheLastSpanWithoutWaiting) {
  ProgressMeter meter;
  const auto stages = [](int run, int decoder_waited, int encoder_waited) {
    return std::vector{
        stage("decoder",
              fmt::format("run_ms={} waited_ms={} queued=12 queue_depth=16", run, decoder_waited)),
        stage("encoder", fmt::format("run_ms={} waited_ms={}", run, encoder_waited))};
  };
  EXPECT_FALSE(meter.measure(stages(300, 0, 0), 0.3, false).bottleneck());
  (void)meter.measure(stages(1000, 500, 0), 1, false);
  const Progress progress = meter.measure(stages(2000, 1250, 10), 2, false);
  EXPECT_DOUBLE_EQ(progress.stages[0].load.value(), 0.25);
  EXPECT_DOUBLE_EQ(progress.stages[1].load.value(), 0.99);
  ASSERT_NE(progress.bottleneck(), nullptr);
  EXPECT_EQ(progress.bottleneck()->name, "encoder");
  EXPECT_EQ(stages_line(progress, 80), "decoder 25% [12/16]  encoder 99% (slowest)");
}

TEST(ProgressText, LineTellsWhatMattersFirstWhenTheTerminalIsNarrow) {
  ProgressMeter meter({10'000'000, std::nullopt});
  const Progress progress = meter.measure(at(4'000'000, 100), 2, false);
  EXPECT_EQ(job_line(progress, 200),
            " 40%  frame 100  50 fps  2.0x  ETA 0:03  100.0 kB of about 250.0 kB  200.0 kb/s");
  EXPECT_EQ(job_line(progress, 77),
            " 40%  frame 100  50 fps  2.0x  ETA 0:03  100.0 kB of about 250.0 kB");
  EXPECT_EQ(job_line(progress, 45), " 40%  frame 100  50 fps  2.0x  ETA 0:03");
  EXPECT_EQ(job_line(progress, 20), " 40%  ETA 0:03");
  EXPECT_EQ(job_line(progress, 4), " 40%");
  EXPECT_EQ(job_line(progress, 2), " 4");
}

TEST(ProgressText, StagesThatDoNotFitAreShortenedToTheSlowest) {
  Progress progress;
  progress.stages = {{"decoder", 0.5, StageProgress::Fill{3, 16}}, {"encoder", 0.9, std::nullopt}};
  EXPECT_EQ(stages_line(progress, 80), "decoder 50% [3/16]  encoder 90% (slowest)");
  EXPECT_EQ(stages_line(progress, 36), "decoder 50%  encoder 90% (slowest)");
  EXPECT_EQ(stages_line(progress, 30), "encoder 90% (slowest)");
  EXPECT_EQ(stages_line(progress, 10), "");
}

TEST(ProgressText, TimesAreReadable) {
  EXPECT_EQ(human_time(0), "0:00");
  EXPECT_EQ(human_time(3599.9), "59:59");
  EXPECT_EQ(human_time(3723), "1:02:03");
  EXPECT_EQ(human_time(-5), "0:00");
}

TEST(ProgressText, BytesAreReadable) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(999'960), "1.0 MB");
  EXPECT_EQ(human_bytes(1'234'567'890), "1.2 GB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "18.4 EB");
}

}  // namespace
}  // namespace latham::supervisor
