// SPDX-License-Identifier: MIT
// The program itself: it runs, it says what it measured, and it finds a damaged frame. Nothing here
// asks how fast anything was.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace {

struct Ran {
  int code;
  std::string out;
};

/// `before` goes before the program's name: "env NAME=value ".
Ran bench(const std::string& args, const std::string& before = "") {
  const std::string command = before + "'" + BENCH_PROGRAM + "' " + args;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  Ran ran{-1, {}};
  if (pipe == nullptr) return ran;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    ran.out.push_back(static_cast<char>(c));
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  return ran;
}

class EachTransport : public testing::TestWithParam<const char*> {};

TEST_P(EachTransport, ShortRunGivesJsonWithItsRow) {
  const Ran ran = bench(std::string("transport --size 320x240 --bits 8,10 --seconds 0.2 --rounds 2 "
                                    "--json - --transport ") +
                        GetParam());
  ASSERT_EQ(ran.code, 0) << ran.out;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_TRUE(json.at("machine").at("cores").is_number());
  ASSERT_EQ(json.at("results").size(), 2U);
  const auto& row = json.at("results").at(0);
  EXPECT_EQ(row.at("transport"), GetParam());
  EXPECT_EQ(row.at("size"), "320x240");
  EXPECT_EQ(row.at("fps_rounds").size(), 2U);
  EXPECT_GT(row.at("frames").get<std::uint64_t>(), 0U);
  EXPECT_EQ(json.at("results").at(1).at("bits"), 10);
}

TEST_P(EachTransport, DamagedFrameFailsTheRun) {
  const Ran ran =
      bench(std::string("transport --size 320x240 --seconds 0.2 --rounds 1 --corrupt 20 "
                        "--transport ") +
            GetParam() + " 2>&1");
  EXPECT_EQ(ran.code, 5) << ran.out;
  EXPECT_NE(ran.out.find("frame 20, plane 0, row 120: byte 0 is wrong"), std::string::npos)
      << ran.out;
}

TEST_P(EachTransport, LatencyRunGivesJsonWithItsRow) {
  const Ran ran = bench(std::string("latency --size 64x64 --frames 50 --rounds 1 --json - "
                                    "--wait asleep --transport ") +
                        GetParam());
  ASSERT_EQ(ran.code, 0) << ran.out;
  const auto json = nlohmann::json::parse(ran.out);
  // Before them iceoryx, where it is built.
  const auto& results = json.at("results");
  ASSERT_GE(results.size(), 2U);
  EXPECT_EQ(results.at(results.size() - 2).at("transport"), "bare");
  EXPECT_EQ(results.back().at("ratio_to_bare").is_number(), true);
  EXPECT_EQ(results.back().at("transport"), GetParam());
  EXPECT_GT(results.back().at("p50_us").get<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EachTransport,
                         testing::Values("shm", "pipe", "fifo", "socket", "mq", "thread"),
                         [](const auto& param) { return std::string(param.param); });

TEST(BenchProgram, UnknownTransportIsUsageAndNamesTheOthers) {
  const Ran ran = bench("transport --transport shmm 2>&1");
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.out.find("there are: shm, pipe"), std::string::npos) << ran.out;
}

TEST(BenchProgram, ManyConsumersAndPipelinesEachHaveARow) {
  const Ran ran = bench(
      "scaling --size 64x64 --seconds 0.05 --rounds 1 --consumers 1,3 --pipelines 2 --transport "
      "shm,pipe --json -");
  ASSERT_EQ(ran.code, 0) << ran.out;
  const auto json = nlohmann::json::parse(ran.out);
  ASSERT_EQ(json.at("results").size(), 4U);
  for (const auto& row : json.at("results")) EXPECT_GT(row.at("fps").get<double>(), 0) << row;
  EXPECT_EQ(json.at("results").at(1).at("count"), 3);
  EXPECT_EQ(json.at("results").at(2).at("what"), "pipelines");
}

TEST(BenchProgram, EveryConsumerChecksItsFrames) {
  EXPECT_EQ(bench("latency --size 64x64 --frames 20 --rounds 1 --transport shm --wait asleep "
                  "--consumers 4 > /dev/null")
                .code,
            0);
}

TEST(BenchProgram, ReportIsATableWithPlotsOrSaysWhyNot) {
  const std::string folder = testing::TempDir() + "latham-bench-report";
  const Ran ran = bench(
      "transport --size 64x64,128x64 --seconds 0.05 --rounds 1 --transport "
      "shm,thread --report " +
      folder + " 2>&1");
  ASSERT_EQ(ran.code, 0) << ran.out;
  std::stringstream text;
  text << std::ifstream(folder + "/transport.md").rdbuf();
  EXPECT_NE(text.str().find("| shm | 64x64 |"), std::string::npos) << text.str();
  const bool has_plot = std::filesystem::exists(folder + "/transport-fps.svg") &&
                        std::filesystem::exists(folder + "/transport-fps.png");
  const bool says_why = ran.out.find("gnuplot is missing") != std::string::npos;
  EXPECT_NE(has_plot, says_why) << ran.out;
  EXPECT_EQ(text.str().find("transport-fps.svg") != std::string::npos, has_plot);
  std::filesystem::remove_all(folder);
}

TEST(BenchProgram, UnknownOptionIsUsage) {
  EXPECT_EQ(bench("transport --sise 2x2 2>&1").code, 2);
}

TEST(BenchProgram, PreviewWithoutADisplaySaysSo) {
  const Ran ran = bench("preview /nonexistent.mkv 2>&1", "env -u DISPLAY -u WAYLAND_DISPLAY ");
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("there is no display"), std::string::npos) << ran.out;
}

TEST(BenchProgram, MissingInputFailsTheTranscode) {
  EXPECT_NE(bench("transcode /nonexistent.mkv --rounds 1 2>&1").code, 0);
}

}  // namespace
