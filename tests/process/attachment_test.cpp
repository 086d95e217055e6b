// SPDX-License-Identifier: MIT
// -attach, against the ffmpeg command.
#include <gtest/gtest.h>

#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

std::string streams_of(const std::string& file) {
  return run(words("ffprobe -v error -show_streams -show_data_hash md5") + Words{file}).out;
}

class AttachedFiles : public testing::Test {
 protected:
  /// The streams of what a program makes of a clip and two files.
  std::string made_by(const Words& program, const std::string& options) {
    const std::string to = dir_.file("out.mkv");
    const Ended end =
        run(program + Words{"-y", "-i", clip("tagged"), "-attach", font_, "-attach", text_} +
            words(options) + Words{to});
    EXPECT_EQ(end.code, 0) << end.err;
    return streams_of(to);
  }
  void expect_as_by_ffmpeg(const std::string& options) {
    const std::string theirs = made_by(words("ffmpeg -nostdin -v error"), options);
    EXPECT_NE(theirs.find("TAG:filename=font.ttf"), std::string::npos) << theirs;
    EXPECT_EQ(made_by({latham_program(), "transcode"}, options), theirs);
  }

  TempDir dir_;
  std::string font_ = dir_.write("font.ttf", "not really a font");
  std::string text_ = dir_.write("notes.txt", std::string(100000, 'n'));
};

TEST_F(AttachedFiles, AreStreamsOfTheOutput) {
  expect_as_by_ffmpeg(
      "-c copy -metadata:s:t:0 mimetype=font/ttf -metadata:s:t:1 mimetype=text/plain");
}
TEST_F(AttachedFiles, KeepTheirNamesWhereTagsAreMapped) {
  expect_as_by_ffmpeg("-c:v mpeg4 -c:a copy -map_metadata:s -1 -metadata:s:t mimetype=text/plain");
}
TEST_F(AttachedFiles, DoNotKeepTheOutputFromEnding) {
  expect_as_by_ffmpeg("-frames:v 5 -c:v mpeg4 -c:a copy -metadata:s:t mimetype=text/plain");
}
TEST_F(AttachedFiles, DoNotKeepAnEndlessInputGoing) {
  const Ended end =
      run(transcode(words("-f lavfi -i testsrc2=size=64x48 -t 0.4 -c:v mpeg4")) +
          Words{"-attach", font_, "-metadata:s:t", "mimetype=font/ttf", dir_.file("out.mkv")});
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 0) << end.err;
}
TEST_F(AttachedFiles, AreVerified) {
  made_by({latham_program(), "transcode", "--verify"},
          "-c:v mpeg4 -c:a copy -metadata:s:t mimetype=text/plain");
}
TEST_F(AttachedFiles, ThatAreMissingAreNamed) {
  const std::string missing = dir_.file("missing.ttf");
  const Ended end = run(transcode({"-i", clip("tagged"), "-attach", missing, dir_.file("o.mkv")}));
  EXPECT_EQ(end.code, 3) << end.err;
  EXPECT_NE(end.err.find("-attach '" + missing + "'"), std::string::npos) << end.err;
}

}  // namespace
}  // namespace latham::test
