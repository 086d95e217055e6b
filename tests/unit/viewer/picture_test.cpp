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
#include "viewer/screenshot.h"

namespace latham::viewer {
namespace {

/// What may differ: libswscale's tables are of 8 to 16 bits.
constexpr int kTolerance = 2;

struct Matrix {
  AVColorSpace space;
  double kr;
  double kb;
};
constexpr Matrix k601 = {AVCOL_SPC_SMPTE170M, 0.299, 0.114};
constexpr Matrix k709 = {AVCOL_SPC_BT709, 0.2126, 0.0722};
constexpr Matrix k2020 = {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593};
constexpr Matrix k240 = {AVCOL_SPC_SMPTE240M, 0.212, 0.087};

struct Case {
  const char* name;
  Matrix matrix;
  bool full;
  AVPixelFormat format;
  int bits;
};

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

/// One colour everywhere.
media::Frame flat_frame(const Case& c, int width, int height, int y, int u, int v) {
  media::Frame frame = media::make_frame();
  frame->format = c.format;
  frame->width = width;
  frame->height = height;
  frame->colorspace = c.matrix.space;
  frame->color_range = c.full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  const std::array values = {y, u, v};
  for (std::size_t p = 0; p < 3; ++p) {
    const int rows = p == 0 ? height : (height + 1) / 2;
    for (int r = 0; r < rows; ++r) {
      std::uint8_t* row = frame->data[p] + r * frame->linesize[p];
      for (int x = 0; x < frame->linesize[p] / (c.bits > 8 ? 2 : 1); ++x) {
        if (c.bits > 8) {
          row[2 * x] = static_cast<std::uint8_t>(values[p] & 0xff);
          row[2 * x + 1] = static_cast<std::uint8_t>(values[p] >> 8);
        } else {
          row[x] = static_cast<std::uint8_t>(values[p]);
        }
      }
    }
  }
  return frame;
}

class Colours : public testing::TestWithParam<Case> {};

TEST_P(Colours, AreWithinTwoCodeValuesOfTheDefinition) {
  const Case& c = GetParam();
  Converter converter(AV_PIX_FMT_RGB24);
  Picture picture;
  const int step = 1 << (c.bits - 8);
  for (const int y : {16, 63, 126, 180, 235}) {
    for (const int u : {64, 128, 200}) {
      for (const int v : {50, 128, 190}) {
        const auto frame = flat_frame(c, 33, 17, y * step, u * step, v * step);
        converter.convert(*frame, {33, 17}, picture);
        const std::array want = expected(c, y * step, u * step, v * step);
        for (const int at : {0, 16, 32}) {
          const std::uint8_t* pixel =
              &picture.pixels[static_cast<std::size_t>(8 * picture.stride + 3 * at)];
          for (std::size_t i = 0; i < 3; ++i)
            EXPECT_LE(std::abs(int{pixel[i]} - want[i]), kTolerance)
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
  Converter converter(AV_PIX_FMT_RGB24);
  Picture picture;
  const Case a{"", k601, false, AV_PIX_FMT_YUV420P, 8};
  const Case b{"", k709, true, AV_PIX_FMT_YUV420P, 8};
  converter.convert(*flat_frame(a, 16, 16, 100, 90, 180), {16, 16}, picture);
  converter.convert(*flat_frame(b, 16, 16, 100, 90, 180), {16, 16}, picture);
  const std::array want = expected(b, 100, 90, 180);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_LE(std::abs(int{picture.pixels[i]} - want[i]), kTolerance);
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

TEST(Colour, HdrSaysThatItIsNotToneMapped) {
  const media::Frame frame = media::make_frame();
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  EXPECT_NE(shortfall(*frame).find("smpte2084"), std::string::npos);
  frame->color_trc = AVCOL_TRC_BT709;
  EXPECT_EQ(shortfall(*frame), "");
}

TEST(Screenshot, DeepFramesBecomeSixteenBitPng) {
  const Case c{"", k709, false, AV_PIX_FMT_YUV420P10LE, 10};
  const std::string png = png_of(*flat_frame(c, 33, 17, 500, 512, 512));
  ASSERT_GT(png.size(), 26U);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(png[24], 16);  // bit depth, in IHDR
  const Case eight{"", k709, false, AV_PIX_FMT_YUV420P, 8};
  EXPECT_EQ(png_of(*flat_frame(eight, 33, 17, 100, 128, 128))[24], 8);
}

}  // namespace
}  // namespace latham::viewer
