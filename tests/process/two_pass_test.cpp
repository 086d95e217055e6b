// SPDX-License-Identifier: MIT
// -pass 1 and -pass 2: the statistics and the result are those of the ffmpeg command.
#include <gtest/gtest.h>

#include <string>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

Words pass(const char* number, const char* codec, const std::string& prefix, const Words& to) {
  return words("-an -sn -threads 1 -b:v 150k -c:v " + std::string(codec) + " -pass " + number) +
         Words{"-passlogfile", prefix} + to;
}

class TwoPass : public testing::TestWithParam<const char*> {};

TEST_P(TwoPass, GivesTheStatisticsAndPacketsOfFfmpeg) {
  const TempDir folder;
  for (const std::string who : {"ours", "theirs"}) {
    const std::string prefix = folder.file(who);
    for (const char* number : {"1", "2"}) {
      const Words to = *number == '1' ? words("-f null -") : Words{folder.file(who + ".mkv")};
      const Words job = Words{"-y", "-i", clip("h264")} + pass(number, GetParam(), prefix, to);
      const Ended end =
          run(who == "ours" ? transcode(job) : words("ffmpeg -nostdin -v error") + job);
      ASSERT_EQ(end.code, 0) << who << ": " << end.err;
    }
  }
  EXPECT_EQ(read_file(folder.file("ours-0.log")), read_file(folder.file("theirs-0.log")));
  EXPECT_TRUE(same_packets(packets(folder.file("ours.mkv")), packets(folder.file("theirs.mkv"))));
}
INSTANTIATE_TEST_SUITE_P(Encoders, TwoPass, testing::Values("libx264", "mpeg4", "libvpx-vp9"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(SecondPass, WithoutTheFirstSaysWhatIsMissing) {
  const TempDir folder;
  const Ended end =
      run(transcode(Words{"-i", clip("h264")} +
                    pass("2", "mpeg4", folder.file("none"), {folder.file("out.mkv")})));
  EXPECT_EQ(end.code, 4) << end.err;
  EXPECT_NE(end.err.find("none-0.log"), std::string::npos) << end.err;
  EXPECT_NE(end.err.find("-pass 1 first"), std::string::npos) << end.err;
  EXPECT_FALSE(folder.has("out.mkv"));
}

}  // namespace
}  // namespace latham::test
