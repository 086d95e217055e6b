// SPDX-License-Identifier: MIT
// Code values in, RGB out, against the definition of each matrix in floating point.
#include "viewer/picture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "media/av.h"
#include "tests/unit/viewer/flat_frame.h"

namespace latham::viewer {
namespace {

constexpr int kTolerance = 1;

std::array<int, 3> expected(const Case& c, int y, int u, int v) {
  const double one = (1 << c.bits) - 1;
  const double step = 1 << (c.bits - 8);
  const double luma = c.full ? y / one : (y - 16 * step) / (219 * step);
  const double cb = (u - 128 * step) / (c.full ? one : 224 * step);
  const double cr = (v - 128 * step) / (c.full ? one : 224 * step);
  const double r = luma + 2 * (1 - c.matrix.kr) * cr;
  const double b = luma + 2 * (1 - c.matrix.kb) * cb;
  const double g = (luma - c.matrix.kr * r - c.matrix.kb * b) / (1 - c.matrix.kr - c.matrix.kb);
  const auto code = [](double x) {
    return static_cast<int>(std::lround(std::clamp(x, 0.0, 1.0) * 255));
  };
  return {code(r), code(g), code(b)};
}

class Colours : public testing::TestWithParam<Case> {};

TEST_P(Colours, AreWithinOneCodeValueOfTheDefinition) {
  const Case& c = GetParam();
  Converter converter;
  Picture picture;
  const int step = 1 << (c.bits - 8);
  for (const int y : {16, 63, 126, 180, 235}) {
    for (const int u : {64, 128, 200}) {
      for (const int v : {50, 128, 190}) {
        const auto frame = flat_frame(c, 33, 17, y * step, u * step, v * step);
        converter.convert(*frame, {}, {33, 17}, picture);
        const std::array want = expected(c, y * step, u * step, v * step);
        for (const int at : {0, 16, 32}) {
          const std::array pixel = parts(picture.at(at, 8));
          for (std::size_t i = 0; i < 3; ++i)
            EXPECT_LE(std::abs(pixel[i] - want[i]), kTolerance)
                << fmt::format("y={} u={} v={} column {} part {}: {} instead of {}", y, u, v, at, i,
                               pixel[i], want[i]);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Picture, Colours,
    testing::Values(Case{"Bt601Limited", k601, false, AV_PIX_FMT_YUV420P, 8},
                    Case{"Bt601Full", k601, true, AV_PIX_FMT_YUV420P, 8},
                    Case{"Bt709Limited", k709, false, AV_PIX_FMT_YUV420P, 8},
                    Case{"Bt709Full", k709, true, AV_PIX_FMT_YUV420P, 8},
                    Case{"Bt2020Limited", k2020, false, AV_PIX_FMT_YUV420P, 8},
                    Case{"Smpte240Limited", k240, false, AV_PIX_FMT_YUV420P, 8},
                    Case{"Bt709Limited10Bit", k709, false, AV_PIX_FMT_YUV420P10LE, 10},
                    Case{"Bt2020Limited10Bit", k2020, false, AV_PIX_FMT_YUV420P10LE, 10},
                    Case{"Bt709Full10Bit", k709, true, AV_PIX_FMT_YUV420P10LE, 10},
                    Case{"Bt709Limited12Bit", k709, false, AV_PIX_FMT_YUV420P12LE, 12}),
    [](const auto& p) { return std::string(p.param.name); });

TEST(Picture, SecondFrameWithAnotherMatrixIsNotShownByTheFirstOnes) {
  Converter converter;
  Picture picture;
  const Case a{"", k601, false, AV_PIX_FMT_YUV420P, 8};
  const Case b{"", k709, true, AV_PIX_FMT_YUV420P, 8};
  converter.convert(*flat_frame(a, 16, 16, 100, 90, 180), {}, {16, 16}, picture);
  converter.convert(*flat_frame(b, 16, 16, 100, 90, 180), {}, {16, 16}, picture);
  const std::array want = expected(b, 100, 90, 180);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_LE(std::abs(parts(picture.at(3, 3))[i] - want[i]), kTolerance);
}

TEST(Colour, UntaggedIsGuessedByTheSizeAndSaysSo) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = 1280;
  frame->height = 720;
  frame->colorspace = AVCOL_SPC_UNSPECIFIED;
  EXPECT_EQ(colour_of(*frame).text(), "bt709? tv?");
  frame->width = 720;
  frame->height = 576;
  EXPECT_EQ(colour_of(*frame).text(), "smpte170m? tv?");
}

TEST(Colour, FormatsThatAreFullByNameNeedNoTag) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_YUVJ420P;
  frame->width = frame->height = 16;
  frame->colorspace = AVCOL_SPC_BT709;
  EXPECT_EQ(colour_of(*frame).text(), "bt709 pc");
}

TEST(Colour, RgbHasNoMatrix) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_GBRP;
  frame->width = frame->height = 16;
  EXPECT_EQ(colour_of(*frame).text(), "rgb");
}

TEST(Colour, GreyIsFullUnlessItSaysOtherwise) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_GRAY8;
  frame->width = frame->height = 16;
  EXPECT_TRUE(colour_of(*frame).full_range);
  frame->color_range = AVCOL_RANGE_MPEG;
  EXPECT_FALSE(colour_of(*frame).full_range);
}

TEST(Picture, PackedValuesAreTakenAsTheyAre) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_YUYV422;
  frame->width = 32;
  frame->height = 8;
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->colorspace = AVCOL_SPC_BT709;
  ASSERT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 64; ++x)
      frame->data[0][y * frame->linesize[0] + x] =
          static_cast<std::uint8_t>(x % 2 == 0 ? 130 : 128);
  Converter converter;
  Picture picture;
  converter.convert(*frame, {}, {32, 8}, picture);
  EXPECT_EQ(picture.at(16, 4), 0xFF828282U);
}

TEST(Picture, TurnsWhileItConverts) {
  const Case c{"", k709, true, AV_PIX_FMT_GBRP, 8};
  const media::Frame frame = flat_frame(c, 4, 2, 0, 0, 0);
  frame->data[2][0] = 255;  // red at the upper left
  Converter converter;
  Picture picture;
  converter.convert(*frame, {.transposed = true, .flip_x = true}, {2, 4}, picture);
  EXPECT_EQ(picture.at(1, 0), 0xFFFF0000U);  // a quarter turn clockwise
  converter.convert(*frame, {.flip_x = true, .flip_y = true}, {4, 2}, picture);
  EXPECT_EQ(picture.at(3, 1), 0xFFFF0000U);
}

TEST(Picture, WidePrimariesAreBroughtToTheScreens) {
  const Case c{"", k2020, false, AV_PIX_FMT_YUV420P10LE, 10};
  const media::Frame frame = flat_frame(c, 16, 16, 500, 400, 640);
  Converter converter;
  Picture narrow;
  Picture wide;
  converter.convert(*frame, {}, {16, 16}, narrow);
  frame->color_primaries = AVCOL_PRI_BT2020;
  frame->color_trc = AVCOL_TRC_BT2020_10;
  converter.convert(*frame, {}, {16, 16}, wide);
  EXPECT_GT(parts(wide.at(8, 8))[0], parts(narrow.at(8, 8))[0] + 5);  // red is redder
}

TEST(ToneMap, BlackStaysWhiteIsReachedAndOrderIsKept) {
  const ToneMap map(1000);
  float before = -1;
  for (int i = 0; i <= 490; ++i) {
    float r = static_cast<float>(i) / 100;  // up to 995 nits
    float g = r;
    float b = r;
    map.map(r, g, b);
    EXPECT_GE(r, before - 0.002F);  // half a code value: the curve is a table
    EXPECT_LE(r, 1.001F);
    before = r;
  }
  EXPECT_EQ(map.code(0), 0);
  EXPECT_EQ(map.code(1), 255);
  float dark = 0.05F;
  float g = dark;
  float b = dark;
  map.map(dark, g, b);
  EXPECT_NEAR(dark, 0.05F, 0.005F);
}

TEST(Picture, PqIsToneMappedAndFaceTonesAreNeitherDarkNorWhite) {
  const Case c{"", k2020, false, AV_PIX_FMT_YUV420P10LE, 10};
  const media::Frame frame = flat_frame(c, 16, 16, 64 + 438, 512, 512);  // PQ 0.5: 92 cd/m2
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  frame->color_primaries = AVCOL_PRI_BT2020;
  Converter converter;
  Picture picture;
  converter.convert(*frame, {}, {16, 16}, picture);
  const std::array seen = parts(picture.at(8, 8));
  EXPECT_GT(seen[0], 120);
  EXPECT_LT(seen[0], 220);
  EXPECT_NEAR(seen[0], seen[1], 2);
  EXPECT_NEAR(seen[0], seen[2], 2);
}

}  // namespace
}  // namespace latham::viewer
