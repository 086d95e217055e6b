// SPDX-License-Identifier: MIT
// A filter is killed and another one goes on in its place, while decoder and encoder live on: the file is the one that
// a quiet run makes.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

Words job_to(const std::string& output, const std::string& graph, const std::string& more = "") {
  return transcode(Words{"-i", clip("long"), "-vf", graph} +
                   words("-c:v libx264 -preset veryfast -threads 1 --stage-retries 20 " + more) +
                   Words{output});
}

std::string quiet_file(const std::string& graph) {
  return undisturbed_file([&](const std::string& to) { return job_to(to, graph); });
}

/// Frames flow: the encoder has written.
bool is_under_way(const Program& job, const Place& place) {
  return job.stage("filter") && job.stage("encoder") && place.is_growing("out.mp4.part");
}

constexpr const char* kGoesOn = "another one goes on in its place";
constexpr const char* kBeginsAgain = "the job begins again";

class SuccessorOf : public testing::TestWithParam<const char*> {};

TEST_P(SuccessorOf, AKilledFilterMakesTheSameFile) {
  const std::string graph = GetParam();
  const std::string quiet = quiet_file(graph);
  const Place place;
  Program job(job_to(place.file("out.mp4"), graph), place.settings());
  ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
  const pid_t encoder = job.stage("encoder").value();
  for (int kills = 0; kills < 3; ++kills) {
    const auto filter = job.stage("filter");
    if (!filter) break;
    ASSERT_EQ(::kill(*filter, SIGKILL), 0);
    // The next one is hit in its first frames, or while it is being joined.
    if (!job.until([&] { return occurrences(job.err(), kGoesOn) > kills; })) break;
    EXPECT_EQ(job.stage("encoder"), encoder) << "the encoder should have lived on";
    if (!job.until([&] { return job.stage("filter") && job.stage("filter") != filter; })) break;
    const std::string progress = read_file(place.file("out.mp4.part"));
    job.until([&] { return read_file(place.file("out.mp4.part")).size() > progress.size(); });
  }
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_GT(occurrences(end.err, kGoesOn), 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kBeginsAgain), 0) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
  EXPECT_TRUE(job.family().empty());
}

// Writes its own pixels; shows those of the decoder; does the one after the other.
INSTANTIATE_TEST_SUITE_P(Graph, SuccessorOf,
                         testing::Values("hflip", "crop=iw/2:ih", "scale=320:180,setsar=1"),
                         [](const auto& test) {
                           const std::string_view graph = test.param;
                           return std::string(graph.substr(0, graph.find('=')));
                         });

TEST_P(SuccessorOf, AFilterThatDiesLongAfterItsDecoderMakesTheSameFile) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const std::string graph = GetParam();
  const std::string quiet = quiet_file(graph);
  const Place place;
  // At a fifth of its input; half of the output is far behind what the filter had taken over.
  const Trapped trapped({TrapKind::crash, 1, 100, 0, 0, 0});
  Words command = job_to(place.file("out.mp4"), graph);
  command.front() = trapped.latham();
  Program job(command, place.settings());
  ASSERT_TRUE(job.until([&] {
    std::error_code none;
    const auto size = std::filesystem::file_size(place.file("out.mp4.part"), none);
    return !none && size >= quiet.size() / 2;
  })) << job.err();
  ASSERT_EQ(occurrences(job.err(), kGoesOn), 1) << job.err();
  // Behind an encoder that is stopped the filter cannot come to its end before it is killed.
  const pid_t encoder = job.stage("encoder").value_or(-1);
  ASSERT_GT(encoder, 0) << job.err();
  ASSERT_EQ(::kill(encoder, SIGSTOP), 0);
  const pid_t filter = job.stage("filter").value_or(-1);
  ASSERT_GT(filter, 0) << job.err();
  ASSERT_EQ(::kill(filter, SIGKILL), 0);
  ASSERT_EQ(::kill(encoder, SIGCONT), 0);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kGoesOn), 2) << end.err;
  EXPECT_EQ(occurrences(end.err, kBeginsAgain), 0) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
}

TEST(Successor, OfAFilterThatHangsMakesTheSameFile) {
  const std::string quiet = quiet_file("hflip");
  const Place place;
  Program job(job_to(place.file("out.mp4"), "hflip", "--stage-timeout 5"), place.settings());
  ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
  ASSERT_EQ(::kill(job.stage("filter").value(), SIGSTOP), 0);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, "filter (pid"), 1) << end.err;
  EXPECT_EQ(occurrences(end.err, "made no progress for 5 s"), 1) << end.err;
  EXPECT_EQ(occurrences(end.err, kGoesOn), 1) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
}

/// One stage hangs, another dies: the successor is joined to what does not answer.
struct HangAndDeath {
  const char* hangs;
  const char* dies;
};

class SuccessorBeside : public testing::TestWithParam<HangAndDeath> {};

TEST_P(SuccessorBeside, AStageThatHangsIsStillMissed) {
  const auto [hangs, dies] = GetParam();
  const std::string quiet = quiet_file("hflip");
  const Place place;
  Program job(job_to(place.file("out.mp4"), "hflip", "--stage-timeout 3"), place.settings());
  ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
  const auto dying = job.stage(dies);
  ASSERT_TRUE(dying) << job.err();
  ASSERT_EQ(::kill(job.stage(hangs).value(), SIGSTOP), 0);
  ASSERT_EQ(::kill(*dying, SIGKILL), 0);
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, "made no progress for 3 s"), 1) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
}

INSTANTIATE_TEST_SUITE_P(
    Pair, SuccessorBeside,
    testing::Values(HangAndDeath{"encoder", "filter"}, HangAndDeath{"decoder", "filter"},
                    HangAndDeath{"filter", "decoder"}, HangAndDeath{"encoder", "decoder"}),
    [](const auto& test) { return std::string(test.param.hangs) + "_" + test.param.dies; });

TEST(NoSuccessor, WithoutRetriesAStageThatHangsEndsTheJob) {
  for (const char* stage : {"decoder", "filter", "encoder"}) {
    const Place place;
    Program job(job_to(place.file("out.mp4"), "hflip", "--stage-retries 0 --stage-timeout 3"),
                place.settings());
    ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
    ASSERT_EQ(::kill(job.stage(stage).value(), SIGSTOP), 0);
    const Ended end = job.wait();
    EXPECT_EQ(end.code, 6) << stage << end.err;
    EXPECT_EQ(occurrences(end.err, std::string("latham: ") + stage + " (pid"), 1) << end.err;
    EXPECT_EQ(occurrences(end.err, "made no progress for 3 s"), 1) << end.err;
    EXPECT_EQ(place.leftovers(), "");
  }
}

TEST(NoSuccessor, WhereTheGraphHasMemoryTheJobBeginsAgain) {
  const std::string graph = "tmix=frames=3";
  const std::string quiet = quiet_file(graph);
  const Place place;
  Program job(job_to(place.file("out.mp4"), graph), place.settings());
  ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
  ASSERT_EQ(::kill(job.stage("filter").value(), SIGKILL), 0);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kGoesOn), 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kBeginsAgain), 1) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
}

TEST(NoSuccessor, WithoutRetriesTheJobEnds) {
  const Place place;
  Program job(job_to(place.file("out.mp4"), "hflip", "--stage-retries 0"), place.settings());
  ASSERT_TRUE(job.until([&] { return is_under_way(job, place); })) << job.err();
  ASSERT_EQ(::kill(job.stage("filter").value(), SIGKILL), 0);
  EXPECT_EQ(job.wait().code, 6);
  EXPECT_EQ(place.leftovers(), "");
}

}  // namespace
}  // namespace latham::test
