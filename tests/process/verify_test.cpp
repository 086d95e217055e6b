// SPDX-License-Identifier: MIT
// --verify: the result is decoded again before it gets its name.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

struct Kind {
  const char* clip;
  const char* options;
  const char* file;
};
class Verify : public testing::TestWithParam<Kind> {};

TEST_P(Verify, GoodFileIsFoundAsItWasWritten) {
  const TempDir folder;
  const Ended end = run(transcode(Words{"--verify", "-i", clip(GetParam().clip)} +
                                  words(GetParam().options) + Words{folder.file(GetParam().file)}));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("verified: "), std::string::npos) << end.err;
  EXPECT_TRUE(std::filesystem::exists(folder.file(GetParam().file)));
}
INSTANTIATE_TEST_SUITE_P(
    Files, Verify,
    testing::Values(Kind{"h264", "-c:v libx264 -preset ultrafast", "copied.mkv"},
                    Kind{"h264", "-c:v libx264 -preset ultrafast -bf 3 -c:a aac", "encoded.mp4"},
                    Kind{"h264", "-c:v mpeg4 -bf 2 -c:a mp2", "bframes.avi"},
                    Kind{"h264", "-c:v mpeg2video -c:a aac", "shifted.ts"},
                    Kind{"subtitled", "-c:v ffv1", "subtitled.mkv"}),
    [](const auto& test) {
      const std::string file = test.param.file;
      return file.substr(0, file.find('.'));
    });

TEST(VerifyRefused, WhereThereIsNoFileToReadBack) {
  const Ended end = run(transcode(Words{"--verify", "-i", clip("h264"), "-f", "null", "-"}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("must be an ordinary file"), std::string::npos) << end.err;
}

TEST(VerifyRefused, WhenNobodyCanReadWhatWasWritten) {
  const TempDir folder;
  const Ended end = run(transcode(Words{"--verify", "-i", clip("h264"), "-an", "-sn", "-f",
                                        "framecrc", folder.file("out.txt")}));
  EXPECT_EQ(end.code, 5);
  EXPECT_NE(end.err.find("it cannot be read back"), std::string::npos) << end.err;
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.txt")));
}

/// The file is whole all the same, and its job was not finished early.
TEST(VerifyInterrupted, EndsWithTheSignalsCodeAndKeepsTheWholeFile) {
  const TempDir folder;
  Program job(transcode(
      Words{"--verify", "-i", clip("long"), "-an", "-c:v", "mpeg4", folder.file("out.mkv")}));
  ASSERT_TRUE(job.until([&] {
    return job.err().find("reading ") != std::string::npos && job.stage("decoder").has_value();
  })) << job.err();
  // So that it cannot come to its end before the signal is heard.
  ::kill(job.stage("decoder").value(), SIGSTOP);
  job.signal(SIGTERM);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 128 + SIGTERM) << end.err;
  EXPECT_NE(end.err.find("is not verified, because of the interruption"), std::string::npos)
      << end.err;
  EXPECT_EQ(end.err.find("ends where the decoder was"), std::string::npos) << end.err;
  EXPECT_TRUE(std::filesystem::exists(folder.file("out.mkv")));
}

}  // namespace
}  // namespace latham::test
