// SPDX-License-Identifier: MIT
// What a program that starts latham can read of it: -progress as from ffmpeg, and the log as JSON.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

/// The lines as objects; fails where one is not.
std::vector<nlohmann::json> objects(const std::string& text) {
  std::vector<nlohmann::json> all;
  for (const std::string& line : lines(text)) {
    auto object = nlohmann::json::parse(line, nullptr, false);
    EXPECT_TRUE(object.is_object() && object.contains("type") && object["version"] == 1) << line;
    all.push_back(std::move(object));
  }
  return all;
}

std::string types(const std::vector<nlohmann::json>& objects) {
  std::string all;
  for (const auto& object : objects) {
    const auto type = object.value("type", std::string("none"));
    if (!all.ends_with(type + " ")) all += type + " ";
  }
  return all;
}

const Words kQuick = words("-an -sn -c:v libx264 -preset ultrafast");

/// Keys of the last block, in their order.
std::string keys_of_last_block(const std::string& text) {
  std::string keys;
  std::string last;
  for (const std::string& line : lines(text)) {
    keys += line.substr(0, line.find('=')) + " ";
    if (line.starts_with("progress=")) last = std::exchange(keys, "");
  }
  return last;
}

TEST(ProgressOption, WritesTheBlocksThatFfmpegWrites) {
  const TempDir folder;
  const Words what = Words{"-y", "-nostats", "-progress", "-", "-i", clip("h264")} + kQuick;
  const Ended theirs =
      run(Words{"ffmpeg", "-v", "error"} + what + Words{folder.file("theirs.mp4")});
  const Ended ours = run(transcode(what + Words{folder.file("ours.mp4")}));
  ASSERT_EQ(ours.code, 0) << ours.err;
  EXPECT_EQ(keys_of_last_block(ours.out), keys_of_last_block(theirs.out));
  EXPECT_TRUE(ours.out.ends_with("progress=end\n")) << ours.out;
  // The counts of the whole are the same, too.
  for (const std::string& line : lines(theirs.out.substr(theirs.out.rfind("frame=")))) {
    const std::string key = line.substr(0, line.find('='));
    if (key != "frame" && key != "total_size" && key != "dup_frames" && key != "drop_frames")
      continue;
    EXPECT_NE(ours.out.rfind(line + "\n"), std::string::npos) << line << "\n" << ours.out;
  }
}

TEST(ProgressOption, CannotShareStandardOutputWithTheFilm) {
  const Ended end = run(transcode(Words{"-progress", "-", "-i", clip("h264"), "-f", "nut", "-"}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("standard output is taken by the output"), std::string::npos) << end.err;
}

TEST(JsonLog, OfAGoodJobHasATypeInEachLineAndNothingElse) {
  const TempDir folder;
  const Ended end = run(transcode(Words{"--log-format", "json", "-i", clip("h264")} + kQuick +
                                  Words{folder.file("out.mp4")}));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(end.err, "");
  const auto said = objects(end.out);
  EXPECT_EQ(types(said), "start progress summary ");
  const auto& last = said[said.size() - 2];
  EXPECT_EQ(last["share"], 1.0);
  EXPECT_EQ(last["left_s"], 0.0);
  EXPECT_EQ(last["frames"], said.back()["stages"].back()["muxed"]);
}

TEST(JsonLog, OfAFailedJobEndsWithTheErrorAndItsCode) {
  for (const Words& what : {Words{"-i", "/nowhere.mp4", "out.mp4"}, Words{"-no-such-thing"}}) {
    const Ended end = run(transcode(Words{"--log-format=json"} + what));
    const auto said = objects(end.out);
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said.back()["type"], "error");
    EXPECT_EQ(said.back()["exit_code"], end.code);
    EXPECT_EQ(end.err, "");
  }
}

TEST(JsonLog, OfAJobThatTheSystemRefusesEndsWithTheErrorToo) {
  const Ended end =
      run(Words{"sh", "-c", "ulimit -n 12; exec \"$@\"", "sh"} +
          transcode(Words{"--log-format", "json", "-i", clip("h264"), "-f", "null", "-"}));
  EXPECT_NE(end.code, 0);
  const auto said = objects(end.out.empty() ? end.err : end.out);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back()["type"], "error");
  EXPECT_EQ(said.back()["exit_code"], end.code);
}

TEST(JsonLog, OfAJobThatIsFinishedEarlyEndsWithTheSummary) {
  Program job(transcode(Words{"--log-format", "json", "-stream_loop", "-1", "-i", clip("h264")} +
                        kQuick + words("-f null -")));
  ASSERT_TRUE(job.until([&] { return job.err().find("\"progress\"") != std::string::npos; }));
  job.signal(SIGINT);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 130);
  const auto said = objects(end.err);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back()["type"], "summary");
}

TEST(JsonLog, GoesToStandardErrorWhereTheFilmGoesToStandardOutput) {
  const Ended end = run(transcode(Words{"--log-format", "json", "-i", clip("h264")} + kQuick +
                                  words("-f framecrc -")));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(end.out.find("{\"type\""), std::string::npos);
  EXPECT_EQ(types(objects(end.err)), "start progress summary ");
}

}  // namespace
}  // namespace latham::test
