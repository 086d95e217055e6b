// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/transcode_bench.h"
#include "bench/transcode_run.h"

namespace latham::bench {
namespace {

TranscodeRow made(std::vector<std::string> packets) {
  TranscodeRow row;
  row.packets = std::move(packets);
  return row;
}

TEST(TranscodeVariants, FilterGetsAProcessOfItsOwn) {
  const auto with = variants_of({"in", {"-vf", "hflip", "-c:v", "libx264"}, 1}).back();
  ASSERT_EQ(with.commands.size(), 3U);
  const auto& filter = with.commands[1];
  const auto& encode = with.commands[2];
  EXPECT_NE(std::find(filter.begin(), filter.end(), "hflip"), filter.end());
  EXPECT_EQ(std::find(encode.begin(), encode.end(), "hflip"), encode.end());
  EXPECT_NE(std::find(encode.begin(), encode.end(), "libx264"), encode.end());
}

TEST(TranscodeVariants, WithoutAFilterThereAreTwoProcesses) {
  EXPECT_EQ(variants_of({"in", {"-c:v", "libx264"}, 1}).back().commands.size(), 2U);
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

TEST(RunJob, CpuTimeAndFailureOfEachCommandAreSeen) {
  const JobCost cost = run_job({{"true"}, {"cat"}}, true);
  EXPECT_GE(cost.cpu_seconds, 0);
  EXPECT_THROW((void)run_job({{"true"}, {"false"}}, false), std::runtime_error);
  EXPECT_THROW((void)run_job({{"/nonexistent/program"}}, false), std::runtime_error);
}

}  // namespace
}  // namespace latham::bench
