// SPDX-License-Identifier: MIT
// The program itself: it runs, it says what it measured, and it finds a damaged frame. Nothing here
// asks how fast anything was.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace {

struct Ran {
  int code;
  std::string out;
};

Ran bench(const std::string& args) {
  const std::string command = std::string("'") + BENCH_PROGRAM + "' " + args;
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
                                    "--transport ") +
                        GetParam());
  ASSERT_EQ(ran.code, 0) << ran.out;
  const auto json = nlohmann::json::parse(ran.out);
  ASSERT_EQ(json.at("results").size(), 2U);
  EXPECT_EQ(json.at("results").at(0).at("transport"), "semaphore");
  EXPECT_EQ(json.at("results").at(1).at("transport"), GetParam());
  EXPECT_GT(json.at("results").at(1).at("p50_us").get<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EachTransport,
                         testing::Values("shm", "pipe", "fifo", "socket", "mq", "thread"),
                         [](const auto& param) { return std::string(param.param); });

TEST(BenchProgram, UnknownTransportIsUsageAndNamesTheOthers) {
  const Ran ran = bench("transport --transport shmm 2>&1");
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.out.find("there are: shm, pipe"), std::string::npos) << ran.out;
}

TEST(BenchProgram, UnknownOptionIsUsage) {
  EXPECT_EQ(bench("transport --sise 2x2 2>&1").code, 2);
}

TEST(BenchProgram, MissingInputFailsTheTranscode) {
  EXPECT_NE(bench("transcode /nonexistent.mkv --rounds 1 2>&1").code, 0);
}

}  // namespace
