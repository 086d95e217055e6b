// SPDX-License-Identifier: MIT
// Real clips against the ffmpeg command. They are no part of the source tree: LATHAM_MEDIA names
// their folder, and without one the tests are skipped. LATHAM_FEW_CLIPS=1 takes a few of them only.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFew = 8;

std::vector<std::string> clips() {
  const char* folder = std::getenv("LATHAM_MEDIA");
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& entry :
       fs::directory_iterator(folder != nullptr ? folder : LATHAM_MEDIA, none)) {
    const std::string extension = entry.path().extension();
    if (entry.is_regular_file() && extension != ".tsv" && extension != ".md")
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  if (std::getenv("LATHAM_FEW_CLIPS") != nullptr && found.size() > kFew) {
    // Evenly from the whole, so that each kind is met.
    std::vector<std::string> few;
    for (std::size_t i = 0; i < kFew; ++i) few.push_back(found[i * found.size() / kFew]);
    return few;
  }
  return found;
}

/// Damaged frames come out of frame threads as they please, so all decoding is by one thread.
const Words kOneThread = words("-threads 1");

/// ffmpeg makes a file with at least one picture of it: it also succeeds with none.
bool ffmpeg_can(const std::string& file, const Words& options) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  if (run(words("ffmpeg -nostdin -v error -y") + kOneThread + Words{"-i", file} +
          words("-an -sn -dn") + options + words("-frames:v 1") + Words{to})
          .code != 0)
    return false;
  const Ended frames = run(words("ffmpeg -nostdin -v error -i") + Words{to} +
                           words("-map 0:v:0 -c copy -f framemd5 -"));
  return frames.code == 0 && frames.out.find("\n0,") != std::string::npos;
}

void compare(const std::string& file, const std::string& options, bool steady) {
  const Words pictures = words("-an -sn -dn") + words(options);
  if (ffmpeg_can(file, words(options))) {
    expect_same_as_ffmpeg({.input = file,
                           .before_input = kOneThread,
                           .options = pictures,
                           .ours = words("--no-hdr10"),
                           .map = "0:v:0",
                           .steady = steady});
    return;
  }
  // What ffmpeg refuses is refused here, with a word and not with a crash.
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end = run(transcode(kOneThread + Words{"-i", file} + pictures + Words{to}));
  EXPECT_TRUE(end.code >= 1 && end.code <= 4) << end.code << ": " << end.err;
  EXPECT_TRUE(end.err.find("latham: ") != std::string::npos) << end.err;
  EXPECT_FALSE(folder.has("out.mkv"));
  EXPECT_FALSE(folder.has("out.mkv.part"));
}

class Golden : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

TEST_P(Golden, Mpeg4IsThatOfFfmpeg) {
  compare(GetParam(), "-c:v mpeg4", true);
}
TEST_P(Golden, FilteredX264IsThatOfFfmpeg) {
  compare(GetParam(), "-vf scale=640:-2,hflip -c:v libx264 -preset ultrafast", false);
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = fs::path(info.param).filename();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Clips, Golden, testing::ValuesIn(clips()), test_name);

TEST(GoldenClips, AreThere) {
  if (clips().empty()) GTEST_SKIP() << "no clips; set LATHAM_MEDIA to a folder of them";
}

}  // namespace
}  // namespace latham::test
