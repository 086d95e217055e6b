// SPDX-License-Identifier: MIT
// Every pixel format and every shape of picture goes through all stages unharmed, over shared memory
// and over pipes.
#include <gtest/gtest.h>

#include <array>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// All formats that lie in memory: those of hardware have an H among their flags.
const std::vector<std::string>& pixel_formats() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    std::istringstream in(run(words("ffmpeg -hide_banner -pix_fmts")).out);
    bool in_table = false;
    for (std::string line; std::getline(in, line);) {
      const Words row = words(line);
      if (in_table && row.size() >= 2 && row[0].find('H') == std::string::npos)
        found.push_back(row[1]);
      in_table = in_table || line.starts_with("-----");
    }
    return found;
  }();
  return names;
}

struct Family {
  const char* name;
  const char* pattern;
};
void PrintTo(const Family& family, std::ostream* out) {
  *out << family.name;
}
/// A format belongs to the first that fits.
constexpr std::array kFamilies = {
    Family{"yuv_of_8_bits", "yuvj?4[0-9]+p"},
    Family{"yuv_of_9_to_16_bits", "yuv4[0-9]+p[0-9]+[lb]e"},
    Family{"yuv_with_alpha", "yuva.*"},
    Family{"gray", "gray.*|mono.*|ya.*"},
    Family{"planar_rgb", "gbr.*"},
    Family{"packed_rgb", "0?[xa]?(rgb|bgr).*|pal8"},
    Family{"two_planes", "nv.*|p[024][0-9]+.*"},
    Family{"bayer", "bayer.*"},
    Family{"others", ".*"},
};

class PixelFormats : public testing::TestWithParam<Family> {};

TEST_P(PixelFormats, ComeOutAsTheyWentIn) {
  const TempDir folder;
  // Enough for two frames of any format; neighbours differ in every byte.
  std::string noise;
  for (unsigned i = 0, x = 1; i < 2 * 34 * 18 * 16; ++i)
    noise.push_back(static_cast<char>((x = x * 1664525U + 1013904223U) >> 24));
  const std::string input = folder.write("noise.raw", noise);
  int tried = 0;
  for (const std::string& format : pixel_formats()) {
    const Family* family = kFamilies.data();
    while (!std::regex_match(format, std::regex(family->pattern))) ++family;
    if (std::string_view(family->name) != GetParam().name) continue;
    SCOPED_TRACE(format);
    ++tried;
    expect_same_frames(words("-f rawvideo -video_size 34x18 -pixel_format " + format) +
                       Words{"-i", input} + words("-frames:v 2 -c:v rawvideo"));
  }
  EXPECT_GT(tried, 0);
}
INSTANTIATE_TEST_SUITE_P(Families, PixelFormats, testing::ValuesIn(kFamilies),
                         [](const auto& test) { return std::string(test.param.name); });

/// What encoders make of formats that they take, or that must be converted for them.
class UnusualFormat : public testing::TestWithParam<const char*> {};

TEST_P(UnusualFormat, IsEncodedAsByFfmpeg) {
  for (const std::string codec : {"ffv1", "png", "prores_ks"}) {
    SCOPED_TRACE(codec);
    const std::string source = "testsrc2=size=34x18:rate=5:duration=0.4,format=";
    expect_same_frames(Words{"-f", "lavfi", "-i", source + GetParam(), "-c:v", codec});
  }
}
INSTANTIATE_TEST_SUITE_P(Of, UnusualFormat,
                         testing::Values("yuv411p", "yuv440p10le", "yuva444p16be", "gray10le",
                                         "ya16be", "gbrap12le", "gbrpf32le", "rgb48be", "pal8",
                                         "monob", "p010be", "yvyu422"));

/// Filters that go over all planes of whatever they are given.
class FilteredFormat : public testing::TestWithParam<const char*> {};

TEST_P(FilteredFormat, ComesOutAsByFfmpeg) {
  for (const std::string filter : {"vflip", "hflip", "crop=20:10:4:2", "transpose"}) {
    SCOPED_TRACE(filter);
    const std::string source = "testsrc2=size=34x18:rate=5:duration=0.4,format=";
    // Decoded, so that the frames are those of a codec.
    const TempDir folder;
    const std::string clip = folder.file("clip.nut");
    ASSERT_EQ(run(words("ffmpeg -nostdin -v error -f lavfi -i") + Words{source + GetParam()} +
                  words("-c:v rawvideo") + Words{clip})
                  .code,
              0);
    expect_same_frames(Words{"-i", clip, "-vf", filter} + words("-c:v rawvideo -pix_fmt rgb24"));
  }
}
INSTANTIATE_TEST_SUITE_P(Of, FilteredFormat, testing::Values("pal8", "monow", "yuyv422", "nv21"));

class Shape : public testing::TestWithParam<const char*> {};

TEST_P(Shape, SurvivesEverySubsampling) {
  for (const std::string format : {"yuv420p", "yuv410p", "yuv422p10le", "gray", "rgb24"}) {
    SCOPED_TRACE(format);
    const std::string source = "nullsrc=rate=2:duration=0.5:size=";
    expect_same_frames(
        Words{"-f", "lavfi", "-i", source + GetParam() + ",format=yuv444p,geq=X*7+Y*5"} +
        words("-vf hflip -c:v rawvideo -pix_fmt " + format));
  }
}
INSTANTIATE_TEST_SUITE_P(Sizes, Shape,
                         testing::Values("1x1", "1x3", "3x1", "2x2", "17x1", "161x121",
                                         "1919x1079"));

TEST(NumberedPictures, AreReadAsByFfmpegWithTheOptionsOfTheirDemuxer) {
  const TempDir folder;
  const std::string names = folder.file("p%d.png");
  const Ended made =
      run(words("ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=64x48:d=0.4") + Words{names});
  ASSERT_EQ(made.code, 0) << made.err;
  expect_same_frames(words("-framerate 10 -start_number 3 -i") + Words{names});
  expect_same_frames(words("-loop 1 -t 0.4 -i") + Words{folder.file("p1.png")});
  expect_same_frames(words("-pattern_type glob -i") + Words{folder.file("p*.png")});
}

TEST(Picture, Of8KPassesThroughAllStages) {
  expect_same_frames(words("-f lavfi -i testsrc2=rate=2:duration=1:size=7680x4320") +
                     words("-vf vflip -c:v rawvideo"));
}

/// They show some of the decoder's own frames and then none for longer than its ring is: 500 frames.
class FilterThatDropsManyInARow : public testing::TestWithParam<const char*> {};
TEST_P(FilterThatDropsManyInARow, DoesNotStopTheDecoderForEver) {
  expect_same_frames(Words{"-i", clip("long"), "-vf", GetParam()});
}
INSTANTIATE_TEST_SUITE_P(Of, FilterThatDropsManyInARow,
                         testing::Values("trim=0:0.5", "select=lt(n\\,14)",
                                         "select=not(mod(n\\,140))", "fps=1/10"),
                         [](const auto& test) { return std::to_string(test.index); });

// Which FFmpeg cannot read, so the files are compared.
TEST(AnimatedWebp, IsOnePacketOfAllPictures) {
  const TempDir folder;
  const Words options = words("-an -sn -t 0.3 -s 64x48 -c:v libwebp_anim");
  const std::string theirs = folder.file("theirs.webp");
  ASSERT_EQ(
      run(words("ffmpeg -nostdin -v error -i") + Words{clip("h264")} + options + Words{theirs})
          .code,
      0);
  const std::string ours = folder.file("ours.webp");
  const Ended end = run(transcode(Words{"-i", clip("h264")} + options + Words{ours}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_TRUE(read_file(ours) == read_file(theirs));
}

/// It shows the first frame, keeps it to compare with, and drops all others: 500 frames.
TEST(FilterThatKeepsWhatItShows, DoesNotStopTheDecoderForEver) {
  expect_same_frames(words("-f lavfi -i color=red:s=64x48:r=25:d=20 -vf mpdecimate"));
}

// FFmpeg's own decoder of VP9 knows nothing of its transparency.
TEST(DecoderBeforeTheInput, DecodesInTheOrdinaryOnesPlace) {
  const TempDir folder;
  const std::string clear = folder.file("clear.webm");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -f lavfi -i testsrc=s=64x48:d=0.2,format=yuva420p "
                      "-c:v libvpx-vp9") +
                Words{clear})
                .code,
            0);
  expect_same_frames({"-c:v", "libvpx-vp9", "-i", clear, "-pix_fmt", "yuva420p"});
  expect_same_frames({"-c:v", "vp9", "-i", clear, "-pix_fmt", "yuva420p"});
}

TEST(DecoderBeforeTheInput, MustBeOneOrAnEncoder) {
  const Ended end = run(transcode({"-c:v", "nonsense", "-i", clip("tiny"), "-f", "null", "-"}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("no such decoder"), std::string::npos) << end.err;
  const Ended out_of_place =
      run(transcode({"-c:v", "libx264", "-i", clip("tiny"), "-f", "null", "-"}));
  EXPECT_EQ(out_of_place.code, 0) << out_of_place.err;
}

}  // namespace
}  // namespace latham::test
