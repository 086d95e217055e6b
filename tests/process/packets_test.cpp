// SPDX-License-Identifier: MIT
// The pictures that come out are those of the ffmpeg command: for every kind of picture, and for
// every option that changes which frames are encoded or how.
#include "tests/process/packets.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

struct Options {
  const char* name;
  const char* words;
  const char* extension = "mkv";
};

void PrintTo(const Options& options, std::ostream* out) {
  *out << options.words;
}

/// Not every option that x264 is given here is steady; see Comparison.
bool is_steady(const Options& options) {
  return std::string(options.words).find("libx264") == std::string::npos;
}

class SamePackets : public testing::TestWithParam<std::tuple<std::string, Options>> {};

TEST_P(SamePackets, AsFfmpegOverEveryTransport) {
  const auto& [name, options] = GetParam();
  expect_same_as_ffmpeg({.input = clip(name),
                         .options = words("-an -sn -dn") + words(options.words),
                         .extension = options.extension,
                         .steady = is_steady(options)});
}

std::string test_name(const testing::TestParamInfo<SamePackets::ParamType>& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(EveryPicture, SamePackets,
                         testing::Combine(testing::ValuesIn(picture_clips()),
                                          testing::Values(Options{"mpeg4", "-c:v mpeg4"},
                                                          Options{"ffv1", "-c:v ffv1"},
                                                          Options{"hflip", "-vf hflip -c:v ffv1"})),
                         test_name);

constexpr Options kOptions[] = {
    {"x264", "-c:v libx264 -preset veryfast"},
    {"x264_mp4", "-c:v libx264 -preset veryfast -crf 30", "mp4"},
    {"default", ""},
    {"scale", "-vf scale=160:-2 -c:v mpeg4"},
    {"yadif", "-vf yadif -c:v mpeg4"},
    {"fps", "-vf fps=12 -c:v mpeg4"},
    {"setpts", "-vf setpts=PTS*2 -c:v mpeg4"},
    {"crop", "-vf crop=iw/2:ih/2:10:6 -c:v ffv1"},
    {"reverse", "-vf reverse -c:v ffv1"},
    {"overlay_of_itself", "-vf split[a][b];[a]scale=64:36[c];[b][c]overlay=8:8 -c:v ffv1"},
    {"size", "-s 128x96 -c:v mpeg4"},
    {"pix_fmt", "-pix_fmt yuv444p -c:v ffv1"},
    {"rate", "-r 10 -c:v mpeg4"},
    {"rate_up", "-r 60 -c:v mpeg4"},
    {"passthrough", "-fps_mode passthrough -c:v mpeg4"},
    {"frames", "-frames:v 7 -c:v mpeg4"},
    {"quality", "-q:v 3 -g 5 -c:v mpeg4", "avi"},
    {"forced_times", "-force_key_frames 0.3,0.8 -c:v mpeg4 -g 100"},
    {"forced_expression", "-force_key_frames expr:gte(t,n_forced*0.3) -c:v mpeg4 -g 100"},
    {"forced_source", "-force_key_frames source_no_drop -r 10 -c:v mpeg4 -g 100"},
    {"aspect", "-aspect 2.35 -c:v mpeg4"},
    {"top_field", "-top 1 -c:v mpeg2video -flags +ildct"},
    {"nearest_pix_fmt", "-pix_fmt yuvj420p -c:v ffv1"},
    {"colours",
     "-color_range pc -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:v ffv1"},
};

INSTANTIATE_TEST_SUITE_P(EveryOption, SamePackets,
                         testing::Combine(testing::Values("h264", "interlaced", "vfr", "rotated"),
                                          testing::ValuesIn(kOptions)),
                         test_name);

// ---- upright
// ---------------------------------------------------------------------------------------

struct Turn {
  const char* name;
  int a, b, c, d;  ///< The display matrix's upper left.
};
void PrintTo(const Turn& turn, std::ostream* out) {
  *out << turn.name;
}

/// The clip with another display matrix, which MP4 keeps in its track header: 16.16 numbers.
std::string turned_clip(const TempDir& folder, const Turn& turn) {
  std::string bytes = read_file(clip("h264"));
  const std::size_t matrix = bytes.find("tkhd") + 4 + 40;
  const int numbers[9] = {turn.a << 16, turn.b << 16, 0, turn.c << 16, turn.d << 16, 0, 0, 0,
                          1 << 30};
  for (std::size_t i = 0; i < 36; ++i)
    bytes.at(matrix + i) =
        static_cast<char>(static_cast<unsigned>(numbers[i / 4]) >> (24 - i % 4 * 8));
  return folder.write("turned.mp4", bytes);
}

class DisplayMatrix : public testing::TestWithParam<Turn> {};

TEST_P(DisplayMatrix, TurnsThePicturesAsFfmpegDoes) {
  const TempDir folder;
  expect_same_as_ffmpeg(
      {.input = turned_clip(folder, GetParam()), .options = words("-an -c:v mpeg4")});
}

INSTANTIATE_TEST_SUITE_P(Eight, DisplayMatrix,
                         testing::Values(Turn{"none", 1, 0, 0, 1}, Turn{"by_90", 0, 1, -1, 0},
                                         Turn{"by_180", -1, 0, 0, -1}, Turn{"by_270", 0, -1, 1, 0},
                                         Turn{"hflip", -1, 0, 0, 1}, Turn{"vflip", 1, 0, 0, -1},
                                         Turn{"transposed", 0, 1, 1, 0},
                                         Turn{"anti_transposed", 0, -1, -1, 0},
                                         Turn{"not_a_matrix", 0, 0, 0, 0}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(NoAutorotate, LeavesThePicturesAsTheyAreCoded) {
  expect_same_as_ffmpeg({.input = clip("rotated"),
                         .before_input = words("-noautorotate"),
                         .options = words("-an -c:v mpeg4"),
                         .extension = "mp4"});
}

TEST(TopField, OfTheInputIsOverruled) {
  expect_same_as_ffmpeg({.input = clip("interlaced"),
                         .before_input = words("-top 0"),
                         .options = words("-an -vf separatefields -c:v ffv1")});
}

TEST(StreamLoop, SamePacketsAsFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("mpeg4"),
                         .before_input = words("-stream_loop 2"),
                         .options = words("-an -c:v mpeg4")});
}

TEST(FrameMd5, ToStandardOutputEqualsFfmpegs) {
  for (const std::string name : {"h264", "deep", "palette", "odd", "vfr"}) {
    SCOPED_TRACE(name);
    expect_same_frames({"-i", clip(name)});
  }
}

TEST(NullOutput, TakesEveryFrameAndWritesNothing) {
  for (const std::string transport : {"shm", "pipe"}) {
    const Ended end =
        run(transcode({"-i", clip("h264"), "-f", "null", "--transport", transport, "-"}));
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_EQ(end.out, "");
    EXPECT_NE(end.err.find("25 frames"), std::string::npos) << end.err;
  }
}

TEST(StandardOutput, CarriesAFileThatFfmpegReads) {
  const TempDir folder;
  const Ended end = run(transcode(Words{"-i", clip("h264")} + words("-an -c:v mpeg4 -f nut -")));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_TRUE(same_packets(packets(folder.write("out.nut", end.out)), [&] {
    const std::string to = folder.file("ffmpeg.nut");
    run(Words{"ffmpeg", "-nostdin", "-v", "error", "-i", clip("h264")} + words("-an -c:v mpeg4") +
        Words{to});
    return packets(to);
  }()));
}

}  // namespace
}  // namespace latham::test
