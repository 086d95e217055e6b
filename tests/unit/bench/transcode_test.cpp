// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/first_packet.h"
#include "bench/transcode_bench.h"
#include "bench/transcode_report.h"
#include "bench/transcode_run.h"

namespace latham::bench {
namespace {

TranscodeRow made(std::vector<std::string> packets) {
  TranscodeRow row;
  row.packets = std::move(packets);
  return row;
}

TEST(TranscodeVariants, FilterGetsAProcessOfItsOwn) {
  const auto with = variants_of({"job", {"-vf", "hflip", "-c:v", "libx264"}, false}).back();
  ASSERT_EQ(with.commands.size(), 3U);
  const auto& filter = with.commands[1];
  const auto& encode = with.commands[2];
  EXPECT_NE(std::find(filter.begin(), filter.end(), "hflip"), filter.end());
  EXPECT_EQ(std::find(encode.begin(), encode.end(), "hflip"), encode.end());
  EXPECT_NE(std::find(encode.begin(), encode.end(), "libx264"), encode.end());
}

TEST(TranscodeVariants, WithoutAFilterThereAreTwoProcesses) {
  EXPECT_EQ(variants_of({"job", {"-c:v", "libx264"}, false}).back().commands.size(), 2U);
}

TEST(TranscodeEquality, SamePacketsInEveryRoundAreEqual) {
  EXPECT_EQ(compare(made({"a", "a"}), made({"a", "a"})), Equality::equal);
}

TEST(TranscodeEquality, OneOtherRoundDiffers) {
  EXPECT_EQ(compare(made({"a", "b"}), made({"a", "a"})), Equality::differs);
}

TEST(TranscodeEquality, WhereFfmpegIsNotReproducibleNothingIsProved) {
  EXPECT_EQ(compare(made({"c"}), made({"a", "b"})), Equality::not_reproducible);
  EXPECT_EQ(compare(made({"b", "a"}), made({"a", "b"})), Equality::equal);
}

TEST(TranscodeEquality, NothingWrittenProvesNothing) {
  EXPECT_EQ(compare(made({}), made({})), Equality::not_written);
}

TEST(Rungs, NamesPickFromTheLadderAndUnknownOnesAreRefused) {
  EXPECT_EQ(rungs_named({}).size(), ladder().size());
  const auto two = rungs_named({"mpeg2", "decode"});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].name, "mpeg2");
  EXPECT_TRUE(two[1].writes_nothing);
  EXPECT_THROW((void)rungs_named({"x266"}), std::invalid_argument);
}

TEST(FirstPacket, CommentsAreNoPacket) {
  EXPECT_GE(seconds_to_first_packet({{"printf", "#a\n0, 1\n"}}), 0);
  EXPECT_THROW((void)seconds_to_first_packet({{"printf", "#a\n#b\n"}}), std::runtime_error);
}

TEST(TranscodeReport, RatiosAreToFfmpegOfTheSameRung) {
  const auto row = [](const char* rung, const char* way, double seconds, double peak) {
    TranscodeRow made;
    made.rung = rung;
    made.variant.name = way;
    made.frames = 100;
    made.seconds = {seconds, seconds};
    made.cpu_seconds = {seconds, seconds};
    made.first_packet_ms = {1e3 * seconds, 1e3 * seconds};
    made.peak_bytes = peak;
    return made;
  };
  const auto json = transcode_json({row("a", "ffmpeg", 1, 100), row("a", "latham shm", 2, 150),
                                    row("b", "ffmpeg", 4, 100), row("b", "latham shm", 2, 50)});
  const auto& a = json.at("results").at(1);
  EXPECT_DOUBLE_EQ(a.at("fps").get<double>(), 50);
  EXPECT_DOUBLE_EQ(a.at("ratio_to_ffmpeg").get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(a.at("cpu_ratio_to_ffmpeg").get<double>(), 2);
  EXPECT_DOUBLE_EQ(a.at("memory_ratio_to_ffmpeg").get<double>(), 1.5);
  EXPECT_DOUBLE_EQ(a.at("first_packet_after_ffmpeg_ms").get<double>(), 1000);
  EXPECT_DOUBLE_EQ(json.at("results").at(3).at("ratio_to_ffmpeg").get<double>(), 2);
}

TEST(RunJob, CpuTimeAndFailureOfEachCommandAreSeen) {
  const JobCost cost = run_job({{"true"}, {"cat"}}, true);
  EXPECT_GE(cost.cpu_seconds, 0);
  EXPECT_THROW((void)run_job({{"true"}, {"false"}}, false), std::runtime_error);
  EXPECT_THROW((void)run_job({{"/nonexistent/program"}}, false), std::runtime_error);
}

}  // namespace
}  // namespace latham::bench
