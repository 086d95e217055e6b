// SPDX-License-Identifier: MIT
// A resumable job dies at its n-th system call that has to do with what it keeps, or the call fails there, and the same
// command goes on: the file is the one of a quiet run. LATHAM_FAULTS=all tries every n; without it some of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/cut_off.h"
#include "tests/process/faulty.h"
#include "tests/process/place.h"
#include "tests/process/programs.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

constexpr FaultPage kNone{-1, 0, 0, 0, {}};

/// Runs the job until it ends or is struck; nobody of it lives then. `stage`: "" for the supervisor.
FaultPage run_struck(const Place& place, const std::string& stage, const FaultPage& order) {
  const FaultFile page(order);
  std::optional<Programs> programs;
  if (!stage.empty()) programs.emplace(stage, page.settings());
  Program job(
      resumable_job(programs ? programs->latham() : latham_program(), place.file("out.mp4")),
      place.settings() + (programs ? Words{} : page.settings()));
  EXPECT_FALSE(job.wait().hung);
  EXPECT_TRUE(job.until_alone());
  return page.read();
}

/// Strikes the call at all of its numbers that are asked for.
void strike(const std::string& stage, const std::string& name, std::int32_t error) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const int call = index_of_call(name.c_str());
  ASSERT_GE(call, 0);
  const Place quiet;
  const std::uint32_t count = run_struck(quiet, stage, kNone).calls[call];
  ASSERT_GT(count, 0U) << "is not called in this job";
  unsigned struck = 0;
  for (const std::uint32_t number : numbers(count, 0)) {
    SCOPED_TRACE(fmt::format("{} of {}", number, count));
    const Place place;
    struck += run_struck(place, stage, {call, number, error, 0, {}}).struck;
    expect_goes_on(place);
  }
  std::cout << struck << " struck\n";
  EXPECT_GT(struck, 0U);
}

class PowerCut : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(PowerCut, AtAnyCallIsGoneOnWith) {
  strike(std::get<0>(GetParam()), std::get<1>(GetParam()), kDies);
}

TEST_P(PowerCut, IsNoWorseThanAnErrorThere) {
  strike(std::get<0>(GetParam()), std::get<1>(GetParam()), EIO);
}

/// As resumable_job(), into two files.
Words job_to_both(const Place& place) {
  const Words options = words("-c:v mpeg4 -bf 1 -q:v 5");
  return Words{latham_program(), "transcode", "-nostats", "--resumable", "-i", clip("tiny")} +
         options + Words{place.file("a.mp4")} + options + Words{place.file("b.mp4")};
}

TEST(PowerCutBetweenTheNamesOfTwoOutputs, IsGoneOnWith) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const auto run = [](const Place& place, const FaultPage& order) {
    const FaultFile page(order);
    Program job(job_to_both(place), place.settings() + page.settings());
    EXPECT_FALSE(job.wait().hung);
    EXPECT_TRUE(job.until_alone());
    return page.read();
  };
  const int naming = index_of_call("renameat2");
  const Place quiet;
  const std::uint32_t names = run(quiet, kNone).calls[naming];
  ASSERT_GE(names, 2U);
  const Place place;
  ASSERT_EQ(run(place, {naming, names, kDies, 0, {}}).struck, 1U);
  ASSERT_TRUE(std::filesystem::exists(place.file("a.mp4")));
  ASSERT_FALSE(std::filesystem::exists(place.file("b.mp4")));
  Program again(job_to_both(place), place.settings());
  const Ended end = again.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  for (const char* name : {"a.mp4", "b.mp4"})
    EXPECT_TRUE(read_file(place.file(name)) == read_file(quiet.file(name))) << name;
}

const auto kName = [](const auto& test) {
  const std::string stage = std::get<0>(test.param);
  return fmt::format("{}_{}", stage.empty() ? "supervisor" : stage, std::get<1>(test.param));
};
INSTANTIATE_TEST_SUITE_P(OfTheSupervisor, PowerCut,
                         testing::Combine(testing::Values(""),
                                          testing::Values("mkdir", "openat", "write", "fsync",
                                                          "renameat", "renameat2", "unlinkat")),
                         kName);
INSTANTIATE_TEST_SUITE_P(OfTheEncoder, PowerCut,
                         testing::Combine(testing::Values("encoder"),
                                          testing::Values("pwrite", "write")),
                         kName);

}  // namespace
}  // namespace latham::test
