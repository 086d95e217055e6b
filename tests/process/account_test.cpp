// SPDX-License-Identifier: MIT
// Frames are counted at every hop: one that a stage loses without noticing ends the job.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

namespace fs = std::filesystem;

class FrameThatTheFilterLost : public testing::TestWithParam<std::string> {};

TEST_P(FrameThatTheFilterLost, IsExitFiveWithTheHopNamedAndNoFile) {
  // The stages are those that lie beside the command.
  const TempDir programs;
  const fs::path built = fs::path(transcode({}).front()).parent_path();
  for (const char* name : {"latham", "latham-decoder", "latham-encoder"})
    fs::copy_file(built / name, programs.file(name));
  fs::copy_file(LOSSY_FILTER, programs.file("latham-filter"));

  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end = run({programs.file("latham"), "transcode", "-i", clip("h264"), "-vf", "hflip",
                         "-c:v", "mpeg4", "--transport", GetParam(), to});
  EXPECT_EQ(end.code, 5) << end.err;
  EXPECT_NE(end.err.find("frames from the filter to the encoder: 25 before, 24 after"),
            std::string::npos)
      << end.err;
  EXPECT_FALSE(fs::exists(to));
}

INSTANTIATE_TEST_SUITE_P(Over, FrameThatTheFilterLost, testing::Values("shm", "pipe"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace latham::test
