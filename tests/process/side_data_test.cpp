// SPDX-License-Identifier: MIT
// What travels with the frames beside their pixels arrives, or a warning says what was lost.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// ffprobe's lines about the side data of the first frame, those with '=' in them.
std::string first_frame_side_data(const std::string& file) {
  const Ended end =
      run(words("ffprobe -v error -select_streams v:0 -show_frames") +
          words("-show_entries frame=side_data_list -read_intervals %+#1") + Words{file});
  std::istringstream in(end.out);
  std::string kept;
  for (std::string line; std::getline(in, line);)
    if (line.find('=') != std::string::npos && line.find("User Data") == std::string::npos)
      kept += line + "\n";
  return kept;
}

std::string stream_side_data(const std::string& file) {
  return run(words("ffprobe -v error -select_streams v:0 -show_streams") + Words{file}).out;
}

std::string transcoded(const TempDir& folder, const std::string& input, const Words& options,
                       const std::string& name, std::string* said = nullptr) {
  const std::string to = folder.file(name);
  const Ended end = run(transcode(Words{"-y", "-i", input} + options + Words{to}));
  EXPECT_EQ(end.code, 0) << end.err;
  if (said != nullptr) *said = end.err;
  return to;
}

// ---- HDR10 -------------------------------------------------------------------------------------

class Hdr10 : public testing::TestWithParam<const char*> {};

TEST_P(Hdr10, ReachesTheStreamThatX265Writes) {
  const TempDir folder;
  const std::string to = transcoded(
      folder, clip("hdr10"),
      words("-c:v libx265 -preset ultrafast -x265-params log-level=error") + words(GetParam()),
      "out.mkv");
  const std::string there = first_frame_side_data(to);
  EXPECT_EQ(there, first_frame_side_data(clip("hdr10")));
  EXPECT_NE(there.find("green_y=34500/50000"), std::string::npos) << there;
  EXPECT_NE(there.find("max_content=1000"), std::string::npos) << there;
}
INSTANTIATE_TEST_SUITE_P(Ways, Hdr10,
                         testing::Values("", "--transport pipe", "-vf scale=64:-2,hflip",
                                         "-pix_fmt yuv420p"));

TEST(Hdr10Containers, NameItForTheWholeStream) {
  const TempDir folder;
  for (const std::string name : {"out.mkv", "out.mp4"}) {
    const std::string to = transcoded(folder, clip("hdr10"), words("-c:v mpeg4"), name);
    const std::string there = stream_side_data(to);
    EXPECT_NE(there.find("Mastering display metadata"), std::string::npos) << name << there;
    EXPECT_NE(there.find("max_content=1000"), std::string::npos) << name << there;
  }
}

TEST(Hdr10Metadata, OfAPictureThatAFilterMadeOrdinaryIsAsByFfmpeg) {
  const TempDir folder;
  const Words options = words(
      "-vf setparams=color_trc=bt709 -c:v libx265 -preset ultrafast -x265-params log-level=error");
  const std::string theirs = folder.file("ffmpeg.mkv");
  ASSERT_EQ(
      run(words("ffmpeg -nostdin -v error -i") + Words{clip("hdr10")} + options + Words{theirs})
          .code,
      0);
  const std::string ours = transcoded(folder, clip("hdr10"), options, "ours.mkv");
  EXPECT_EQ(first_frame_side_data(ours), first_frame_side_data(theirs));
}

TEST(Hdr10Metadata, SwitchedOffGivesThePacketsOfFfmpeg) {
  const TempDir folder;
  const Words options = words("-c:v libx264 -preset ultrafast -threads 1");
  const std::string theirs = folder.file("ffmpeg.mkv");
  ASSERT_EQ(
      run(words("ffmpeg -nostdin -v error -i") + Words{clip("hdr10")} + options + Words{theirs})
          .code,
      0);
  const std::string ours =
      transcoded(folder, clip("hdr10"), options + words("--no-hdr10"), "ours.mkv");
  EXPECT_TRUE(same_packets(packets(ours), packets(theirs)));
}

// ---- captions ----------------------------------------------------------------------------------

using Bytes = std::vector<unsigned char>;

/// An SEI message with one pair of closed captions (ATSC A/53 part 4, CTA-708), as an H.264 unit.
Bytes caption_unit() {
  return {0,   0,   0,   1, 6,    4,    14,   0xb5, 0,    0x31, 'G',
          'A', '9', '4', 3, 0x41, 0xff, 0xfc, 0x94, 0x2c, 0xff, 0x80};
}

/// An H.264 stream with captions before the slices of each picture.
std::string captioned_clip(const TempDir& folder) {
  const std::string plain = folder.file("plain.h264");
  EXPECT_EQ(run(words("ffmpeg -nostdin -v error -y -i") + Words{clip("h264")} +
                words("-an -c:v libx264 -preset ultrafast -bf 0 -x264-params slices=1 -f h264") +
                Words{plain})
                .code,
            0);
  std::ifstream in(plain, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
  Bytes out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool start =
        i + 3 < bytes.size() && bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1;
    const int type = start ? bytes[i + 3] & 31 : 0;
    if (type == 1 || type == 5) {
      const Bytes unit = caption_unit();
      // Behind the zero of a four-byte start code there is no room for another unit.
      const bool four = !out.empty() && out.back() == 0;
      if (four) out.pop_back();
      out.insert(out.end(), unit.begin(), unit.end());
      if (four) out.push_back(0);
    }
    out.push_back(bytes[i]);
  }
  return folder.write("captioned.h264", std::string(out.begin(), out.end()));
}

TEST(Captions, AreWrittenByX264AsByFfmpeg) {
  const TempDir folder;
  const std::string input = captioned_clip(folder);
  ASSERT_NE(first_frame_side_data(input).find("Closed Captions"), std::string::npos);
  const Words options = words("-vf hflip -c:v libx264 -preset ultrafast -threads 1");
  const std::string theirs = folder.file("ffmpeg.mkv");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -i") + Words{input} + options + Words{theirs}).code,
            0);
  std::string said;
  const std::string ours = transcoded(folder, input, options, "ours.mkv", &said);
  EXPECT_TRUE(same_packets(packets(ours), packets(theirs)));
  EXPECT_NE(first_frame_side_data(ours).find("Closed Captions"), std::string::npos);
  EXPECT_EQ(said.find("lost"), std::string::npos) << said;
}

TEST(Captions, AreMissedOnceWhereTheEncoderCannotWriteThem) {
  const TempDir folder;
  std::string said;
  transcoded(folder, captioned_clip(folder), words("-c:v ffv1"), "ours.mkv", &said);
  const std::size_t at = said.find("closed captions");
  EXPECT_NE(at, std::string::npos) << said;
  EXPECT_EQ(said.find("closed captions", at + 1), std::string::npos) << said;
}

}  // namespace
}  // namespace latham::test
