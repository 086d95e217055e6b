// SPDX-License-Identifier: MIT
// Inputs and outputs that are no files: descriptors that a shell has opened, and /dev/null.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// Runs latham as a shell would with these descriptors: "3<FILE".
Ended with_descriptors(const Words& command, const std::string& redirections) {
  std::string line;
  for (const std::string& word : command) line += "'" + word + "' ";
  return run({"sh", "-c", line + redirections});
}

TEST(Descriptors, ThatLathamWasStartedWithAreReadAndWritten) {
  const TempDir folder;
  const std::string sum = folder.file("sum");
  const Words options = words("-an -c:v rawvideo -f md5");
  const Ended plain = run(transcode(Words{"-i", clip("h264")} + options + Words{"-"}));
  const Ended end = with_descriptors(transcode(words("-i pipe:3") + options + words("pipe:7")),
                                     fmt::format("3<'{}' 7>'{}'", clip("h264"), sum));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(read_file(sum), plain.out);
}

TEST(Descriptors, ThatAreNotThereAreAnErrorThatSaysHowToOpenThem) {
  const Ended in = run(transcode(words("-i pipe:7 -f null -")));
  EXPECT_EQ(in.code, 3);
  EXPECT_NE(in.err.find("no such descriptor; open it where latham is started (7<FILE)"),
            std::string::npos)
      << in.err;
  const Ended out = run(transcode(Words{"-i", clip("tiny")} + words("-f nut pipe:7")));
  EXPECT_EQ(out.code, 4);
  EXPECT_NE(out.err.find("(7>FILE)"), std::string::npos) << out.err;
}

TEST(NullDevice, TakesWhatAContainerWritesInItsPlaceLater) {
  const Ended end =
      run(transcode(Words{"-i", clip("tiny")} + words("-c:v mpeg4 -f mp4 /dev/null")));
  EXPECT_EQ(end.code, 0) << end.err;
}

}  // namespace
}  // namespace latham::test
