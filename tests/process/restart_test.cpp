// SPDX-License-Identifier: MIT
// A stage is killed, and the job begins again: the file is the one that a quiet run makes.
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

Words job_to(const std::string& output, const std::string& transport) {
  return transcode(
      Words{"-i", clip("long")} +
      words("-vf hflip -c:v libx264 -preset ultrafast -threads 1 --stage-retries 1 --transport") +
      Words{transport, output});
}

/// What an undisturbed run makes; the same for all.
const std::string& quiet_file() {
  static const std::string file =
      undisturbed_file([](const std::string& to) { return job_to(to, "shm"); });
  return file;
}

class Restart : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(Restart, AfterAKillGivesTheSameFile) {
  const auto& [stage, transport] = GetParam();
  ASSERT_FALSE(quiet_file().empty());
  const Place place;
  Program job(job_to(place.file("out.mp4"), transport), place.settings());
  ASSERT_TRUE(job.until([&, stage = stage] {
    return job.stage(stage) && place.has("out.mp4.part");
  })) << job.err();
  ASSERT_EQ(::kill(job.stage(stage).value(), SIGKILL), 0);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  // A decoder or a filter alone is replaced once frames flow: successor_test.cpp, decoder_successor_test.cpp.
  const bool begins_again =
      end.err.find("the job begins again (retry 1 of 1)") != std::string::npos;
  const bool goes_on = end.err.find("goes on in its place (retry 1 of 1)") != std::string::npos;
  EXPECT_TRUE(begins_again || (goes_on && stage != std::string("encoder"))) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet_file());
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
  EXPECT_TRUE(job.family().empty());
}

INSTANTIATE_TEST_SUITE_P(OfAStage, Restart,
                         testing::Combine(testing::Values("decoder", "filter", "encoder"),
                                          testing::Values("shm", "pipe")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace latham::test
