// SPDX-License-Identifier: MIT
// Whoever is killed, and whenever: the job ends with a word about it and leaves nothing behind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

constexpr int kCrashed = 6;

/// How much of its input the decoder has read, 0 to 1; 0 where there is none (any more).
double input_read(const Program& job, const std::string& input) {
  const auto decoder = job.stage("decoder");
  if (!decoder) return 0;
  std::ifstream in(fmt::format("/proc/{}/fdinfo/7", *decoder));
  std::string word;
  double position = 0;
  if (!(in >> word >> position) || word != "pos:") return 0;
  return position / static_cast<double>(std::filesystem::file_size(input));
}

Words slow_job(const Place& place, const std::string& transport) {
  return transcode(Words{"-i", clip("long")} +
                   words("-nostats -vf hflip -c:v libx264 -preset medium --stage-retries 0") +
                   Words{"--transport", transport, place.file("out.mkv")});
}

/// One line: the stage, the signal, how far it was.
void expect_one_line_about(const std::string& err, const std::string& stage, pid_t pid,
                           int signal) {
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  const std::regex line(fmt::format(
      R"(latham: {} \(pid {}\) was killed by signal {} \([A-Za-z ]+\) (after frame [0-9]+|before its first frame); .*\n)",
      stage, pid, signal));
  EXPECT_TRUE(std::regex_match(err, line)) << err;
}

void expect_crash(Program& job, const Place& place, const std::string& stage, pid_t pid,
                  int signal = SIGKILL) {
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, kCrashed) << end.err;
  expect_one_line_about(end.err, stage, pid, signal);
  EXPECT_TRUE(job.family().empty()) << "stages outlived their supervisor";
  EXPECT_EQ(place.leftovers(), "");
}

enum class Moment { appearing, writing, middle, near_end };

void PrintTo(Moment moment, std::ostream* out) {
  constexpr const char* kNames[] = {"appearing", "writing", "middle", "near_end"};
  *out << kNames[static_cast<int>(moment)];
}

bool has_come(Moment moment, const Program& job, const Place& place, const std::string& input) {
  switch (moment) {
    case Moment::appearing:
      return true;
    case Moment::writing:
      return place.has("out.mkv.part");
    case Moment::middle:
      return place.has("out.mkv.part") && input_read(job, input) > 0.5;
    case Moment::near_end:
      return place.has("out.mkv.part") && input_read(job, input) > 0.99;
  }
  return true;
}

class Kill : public testing::TestWithParam<std::tuple<const char*, Moment, const char*>> {};

TEST_P(Kill, OfAStageEndsTheJobAndLeavesNothing) {
  const auto& [stage, moment, transport] = GetParam();
  const std::string input = clip("long");
  const Place place;
  Program job(slow_job(place, transport), place.settings());
  ASSERT_TRUE(job.until([&, stage = stage, moment = moment] {
    return job.stage(stage) && has_come(moment, job, place, input);
  })) << job.err();
  const pid_t pid = job.stage(stage).value();
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  expect_crash(job, place, stage, pid);
}

INSTANTIATE_TEST_SUITE_P(AtEachMoment, Kill,
                         testing::Combine(testing::Values("decoder", "filter", "encoder"),
                                          testing::Values(Moment::appearing, Moment::writing,
                                                          Moment::middle, Moment::near_end),
                                          testing::Values("shm", "pipe")),
                         [](const testing::TestParamInfo<Kill::ParamType>& test) {
                           return fmt::format("{}_{}_{}", std::get<0>(test.param),
                                              testing::PrintToString(std::get<1>(test.param)),
                                              std::get<2>(test.param));
                         });

TEST(KillBySignal, NamesTheSignalThatCame) {
  const Place place;
  Program job(slow_job(place, "shm"), place.settings());
  ASSERT_TRUE(job.until([&] { return place.has("out.mkv.part"); })) << job.err();
  const pid_t pid = job.stage("encoder").value();
  ::kill(pid, SIGSEGV);
  if (job.wait().err.find("AddressSanitizer") != std::string::npos)
    GTEST_SKIP() << "the sanitizer takes this signal for itself";
  expect_crash(job, place, "encoder", pid, SIGSEGV);
}

class Stopped : public testing::TestWithParam<const char*> {};

TEST_P(Stopped, StageThatIsKilledEndsTheJob) {
  const Place place;
  Program job(slow_job(place, "shm"), place.settings());
  ASSERT_TRUE(job.until([&] { return place.has("out.mkv.part") && job.stage(GetParam()); }));
  const pid_t pid = job.stage(GetParam()).value();
  ::kill(pid, SIGSTOP);
  ::kill(pid, SIGKILL);
  expect_crash(job, place, GetParam(), pid);
}

TEST_P(Stopped, StageDoesNotKeepTheJobFromEndingWhenAnotherDies) {
  const Place place;
  Program job(slow_job(place, "shm"), place.settings());
  ASSERT_TRUE(job.until([&] { return place.has("out.mkv.part") && job.stage(GetParam()); }));
  const std::string other = GetParam() == std::string("decoder") ? "encoder" : "decoder";
  const pid_t pid = job.stage(other).value();
  ::kill(job.stage(GetParam()).value(), SIGSTOP);
  ::kill(pid, SIGKILL);
  expect_crash(job, place, other, pid);
}

TEST_P(Stopped, StageGoesOnWhenItIsContinued) {
  const Place place;
  Program job(
      transcode({"-i", clip("h264"), "-an", "-vf", "hflip", "-c:v", "ffv1", place.file("out.mkv")}),
      place.settings());
  ASSERT_TRUE(job.until([&] { return job.stage(GetParam()).has_value(); })) << job.err();
  const pid_t pid = job.stage(GetParam()).value();
  ::kill(pid, SIGSTOP);
  EXPECT_FALSE(job.family().empty());
  ::kill(pid, SIGCONT);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("25 frames"), std::string::npos) << end.err;
}

INSTANTIATE_TEST_SUITE_P(EachStage, Stopped, testing::Values("decoder", "filter", "encoder"),
                         [](const auto& test) { return std::string(test.param); });

TEST(KilledSupervisor, TakesItsStagesWithIt) {
  const Place place;
  Program job(slow_job(place, "shm"), place.settings());
  ASSERT_TRUE(job.until([&] { return place.has("out.mkv.part"); })) << job.err();
  job.signal(SIGKILL);
  EXPECT_EQ(job.wait().signal, SIGKILL);
  EXPECT_TRUE(job.until_alone());
  EXPECT_FALSE(place.has("out.mkv"));
  // The unfinished file stays, under a name that says so, and the session socket; the next run with -y
  // replaces the one and removes the other.
  const Ended again =
      Program(transcode({"-y", "-i", clip("tiny"), place.file("out.mkv")}), place.settings())
          .wait();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(place.leftovers(), "out.mkv ");
}

}  // namespace
}  // namespace latham::test
