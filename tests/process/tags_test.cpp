// SPDX-License-Identifier: MIT
// Whose tags the output gets, against the ffmpeg command.
#include <gtest/gtest.h>

#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

std::string tags_of(const Words& program, const std::string& input, const std::string& options) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end =
      run(program + Words{"-y", "-i", input} + words(options) + words("-t 0.2") + Words{to});
  EXPECT_EQ(end.code, 0) << end.err;
  return run(words("ffprobe -v error -show_entries stream_tags:format_tags") + Words{to}).out;
}

void expect_tags_of_ffmpeg(const std::string& input, const std::string& options) {
  const std::string theirs = tags_of(words("ffmpeg -nostdin -v error"), input, options);
  EXPECT_NE(theirs.find("TAG:"), std::string::npos) << theirs;
  EXPECT_EQ(tags_of({latham_program(), "transcode"}, input, options), theirs);
}

class MappedTags : public testing::TestWithParam<const char*> {};

TEST_P(MappedTags, AreThoseOfFfmpeg) {
  expect_tags_of_ffmpeg(clip("tagged"), "-c:v mpeg4 -c:a copy " + std::string(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Spelled, MappedTags,
                         testing::Values("", "-map_metadata 0", "-map_metadata 0:s:a",
                                         "-map_metadata:s:v 0:s:v", "-map_metadata:s:a 0:s:v",
                                         "-map_metadata:s 0:g", "-map_metadata:g -1",
                                         "-map_metadata:s -1", "-map_metadata -1"));

TEST(TagsMapped, MayBeThoseOfAProgram) {
  expect_tags_of_ffmpeg(clip("broadcast"), "-c copy -map_metadata 0:p:0");
}

TEST(TagsMapped, ToWhatTheOutputHasNotAreRefused) {
  const TempDir folder;
  for (const char* options : {"-map_metadata:p:0 0", "-map_metadata:c:0 0", "-map_metadata 0:p:1",
                              "-map_metadata 0s", "-map_metadata 0:t"}) {
    const Ended end =
        run(transcode({"-i", clip("tagged")}) + words(options) + Words{folder.file("out.mkv")});
    EXPECT_EQ(end.code, 2) << options;
    EXPECT_NE(end.err.find("-map_metadata"), std::string::npos) << end.err;
  }
}

}  // namespace
}  // namespace latham::test
