// SPDX-License-Identifier: MIT
// QuickTime's tracks of a timecode and of the chapters' names, against the ffmpeg command.
#include <gtest/gtest.h>

#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

class TracksOfTags : public testing::Test {
 protected:
  std::string made_by(const Words& program, const Words& job, const std::string& name) {
    const std::string to = dir_.file(name);
    const Ended end = run(program + Words{"-y"} + job + Words{to});
    EXPECT_EQ(end.code, 0) << end.err;
    return run(words("ffprobe -v error -show_streams -show_packets -show_data_hash md5") +
               Words{to})
        .out;
  }
  void expect_as_by_ffmpeg(const Words& job, const std::string& name, int streams) {
    const std::string theirs = made_by(words("ffmpeg -nostdin -v error"), job, name);
    EXPECT_NE(theirs.find("index=" + std::to_string(streams - 1)), std::string::npos) << theirs;
    EXPECT_EQ(made_by({latham_program(), "transcode"}, job, name), theirs);
  }

  TempDir dir_;
};

TEST_F(TracksOfTags, OfATimecodeIsCopiedWhereItIsMapped) {
  expect_as_by_ffmpeg(Words{"-i", clip("timecode")} + words("-map 0 -c copy"), "out.mov", 2);
}
TEST_F(TracksOfTags, OfATimecodeIsWrittenFromTheTagOtherwise) {
  expect_as_by_ffmpeg(Words{"-i", clip("timecode")} + words("-c:v mpeg4"), "out.mov", 2);
}
// A list of files has no chapters, and the times of such a track in it are wrong by a factor.
TEST_F(TracksOfTags, OfChaptersIsLeftOutWhereTheChaptersAreLost) {
  const std::string tags = dir_.write("tags.txt",
                                      ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\n"
                                      "END=500\ntitle=One\n");
  const std::string film = dir_.file("film.mp4");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -i") + Words{clip("h264"), "-i", tags} +
                words("-map 0 -map_chapters 1 -c copy") + Words{film})
                .code,
            0);
  const std::string list = dir_.write("list.txt", "file 'film.mp4'\nfile 'film.mp4'\n");
  expect_as_by_ffmpeg(words("-f concat -i") + Words{list} + words("-c:v mpeg4 -c:a copy"),
                      "out.mp4", 2);
}

}  // namespace
}  // namespace latham::test
