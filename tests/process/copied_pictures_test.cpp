// SPDX-License-Identifier: MIT
// Pictures that are copied, against the ffmpeg command.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

// Matroska has no decoding times for the first of them.
TEST(CopiedPictures, OfReorderedFramesHaveTheDecodingTimesOfFfmpeg) {
  expect_same_as_ffmpeg(
      {.input = clip("reordered"), .options = words("-c copy"), .extension = "mov"});
}

TEST(CopiedPictures, HaveTheShapeThatOptionsGiveThem) {
  const TempDir folder;
  const auto shape_of = [&](const Words& command) {
    const std::string to = folder.file("out.mov");
    const Ended end =
        run(command + Words{"-y", "-i", clip("h264")} +
            words("-map 0:v -c copy -aspect 4:3 -metadata:s:v rotate=90") + Words{to});
    EXPECT_EQ(end.code, 0) << end.err;
    return run(words("ffprobe -v error -show_entries "
                     "stream=sample_aspect_ratio,display_aspect_ratio:stream_side_data=rotation") +
               Words{to})
        .out;
  };
  const std::string theirs = shape_of(words("ffmpeg -nostdin -v error"));
  EXPECT_EQ(shape_of({latham_program(), "transcode"}), theirs);
  EXPECT_NE(theirs.find("rotation=90"), std::string::npos) << theirs;
  EXPECT_NE(theirs.find("display_aspect_ratio=4:3"), std::string::npos) << theirs;
}

struct Clock {
  const char* name;
  const char* before_input;
  const char* options;
  const char* extension;
};
void PrintTo(const Clock& clock, std::ostream* out) {
  *out << clock.name;
}

class CopiedClock : public testing::TestWithParam<Clock> {};

TEST_P(CopiedClock, IsThatOfFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("h264"),
                         .before_input = words(GetParam().before_input),
                         .options = words(GetParam().options),
                         .extension = GetParam().extension});
}

// AVI counts pictures. -r is the clock's rate wherever it stands.
INSTANTIATE_TEST_SUITE_P(Of, CopiedClock,
                         testing::Values(Clock{"avi", "", "-an -c copy", "avi"},
                                         Clock{"rate_of_input", "-r 10", "-c copy", "mp4"},
                                         Clock{"rate_of_output", "", "-r 10 -c copy", "nut"},
                                         Clock{"rate_into_matroska", "-r 10", "-c copy", "mkv"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace latham::test
