// SPDX-License-Identifier: MIT
// Colours of all primaries on a screen with those of BT.709, against the definition: light from code
// values, light to CIE XYZ, whites made one by Bradford's method, and back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ostream>
#include <string>

#include "viewer/colour.h"
#include "viewer/picture.h"

namespace latham::viewer {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

struct Place {
  double x, y;
};

constexpr Place kD65{0.3127, 0.3290};
constexpr Place kC{0.310, 0.316};
constexpr Place kDci{0.314, 0.351};

struct Primaries {
  const char* name;
  AVColorPrimaries tag;
  Place red, green, blue, white;  ///< In CIE 1931, of the standard that the tag names.
};
void PrintTo(const Primaries& p, std::ostream* out) {
  *out << p.name;
}

constexpr Primaries k709{"Bt709",        AVCOL_PRI_BT709, {0.640, 0.330},
                         {0.300, 0.600}, {0.150, 0.060},  kD65};
constexpr Primaries kAll[] = {
    k709,
    {"Bt470m", AVCOL_PRI_BT470M, {0.670, 0.330}, {0.210, 0.710}, {0.140, 0.080}, kC},
    {"Bt601Of625", AVCOL_PRI_BT470BG, {0.640, 0.330}, {0.290, 0.600}, {0.150, 0.060}, kD65},
    {"Bt601Of525", AVCOL_PRI_SMPTE170M, {0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}, kD65},
    {"Smpte240", AVCOL_PRI_SMPTE240M, {0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}, kD65},
    {"Film", AVCOL_PRI_FILM, {0.681, 0.319}, {0.243, 0.692}, {0.145, 0.049}, kC},
    {"Bt2020", AVCOL_PRI_BT2020, {0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}, kD65},
    {"Smpte428", AVCOL_PRI_SMPTE428, {1, 0}, {0, 1}, {0, 0}, {1.0 / 3, 1.0 / 3}},
    {"Smpte431", AVCOL_PRI_SMPTE431, {0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, kDci},
    {"Smpte432", AVCOL_PRI_SMPTE432, {0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, kD65},
    {"Ebu3213", AVCOL_PRI_EBU3213, {0.630, 0.340}, {0.295, 0.605}, {0.155, 0.077}, kD65},
};

Vector operator*(const Matrix& m, const Vector& v) {
  Vector out{};
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) out[r] += m[r][c] * v[c];
  return out;
}

Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix out{};
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t k = 0; k < 3; ++k) out[r][c] += a[r][k] * b[k][c];
  return out;
}

Matrix inverse(const Matrix& m) {
  const auto minor = [&](std::size_t r, std::size_t c) {
    const std::size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  const double all = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  Matrix out{};
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) out[r][c] = minor(c, r) / all;
  return out;
}

Matrix diagonal(const Vector& v) {
  return {{{v[0], 0, 0}, {0, v[1], 0}, {0, 0, v[2]}}};
}

Vector xyz(Place p) {
  return {p.x / p.y, 1, (1 - p.x - p.y) / p.y};
}

/// Columns are what full red, green and blue are in XYZ.
Matrix to_xyz(const Primaries& p) {
  const auto part = [](Place at, std::size_t i) {
    return i == 0 ? at.x : i == 1 ? at.y : 1 - at.x - at.y;
  };
  Matrix columns{};
  for (std::size_t i = 0; i < 3; ++i)
    columns[i] = {part(p.red, i), part(p.green, i), part(p.blue, i)};
  return columns * diagonal(inverse(columns) * xyz(p.white));
}

Matrix adapted(Place from, Place to) {
  constexpr Matrix kBradford = {
      {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};
  const Vector a = kBradford * xyz(from);
  const Vector b = kBradford * xyz(to);
  return inverse(kBradford) * diagonal({b[0] / a[0], b[1] / a[1], b[2] / a[2]}) * kBradford;
}

/// With a power of 2.2 on both sides.
std::array<int, 3> expected(const Primaries& p, const std::array<int, 3>& code) {
  Vector light{};
  for (std::size_t i = 0; i < 3; ++i) light[i] = std::pow(code[i] / 255.0, 2.2);
  light = inverse(to_xyz(k709)) * adapted(p.white, k709.white) * to_xyz(p) * light;
  std::array<int, 3> out{};
  for (std::size_t i = 0; i < 3; ++i)
    out[i] = static_cast<int>(std::lround(255 * std::pow(std::clamp(light[i], 0.0, 1.0), 1 / 2.2)));
  return out;
}

media::Frame flat_rgb(const std::array<int, 3>& code) {
  media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_GBRP;
  frame->width = frame->height = 16;
  frame->color_range = AVCOL_RANGE_JPEG;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  constexpr std::array<std::size_t, 3> kOrder = {1, 2, 0};
  for (std::size_t p = 0; p < 3; ++p)
    std::fill_n(frame->data[p], frame->linesize[p] * 16,
                static_cast<std::uint8_t>(code[kOrder[p]]));
  return frame;
}

std::array<int, 3> shown(const AVFrame& frame) {
  Converter converter;
  Picture picture;
  converter.convert(frame, {}, {16, 16}, picture);
  const std::uint32_t pixel = picture.at(8, 8);
  return {static_cast<int>(pixel >> 16 & 0xFF), static_cast<int>(pixel >> 8 & 0xFF),
          static_cast<int>(pixel & 0xFF)};
}

class OnTheScreen : public testing::TestWithParam<Primaries> {};

TEST_P(OnTheScreen, ColoursAreWithinTwoCodeValuesOfTheDefinition) {
  const Primaries& p = GetParam();
  for (const std::array<int, 3>& code :
       {std::array{128, 128, 128}, {200, 120, 100}, {90, 160, 110}, {110, 100, 190}}) {
    const media::Frame frame = flat_rgb(code);
    frame->color_primaries = p.tag;
    frame->color_trc = AVCOL_TRC_GAMMA22;
    const std::array want = expected(p, code);
    const std::array got = shown(*frame);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_LE(std::abs(got[i] - want[i]), 2)
          << fmt::format("{},{},{}: {},{},{} instead of {},{},{}", code[0], code[1], code[2],
                         got[0], got[1], got[2], want[0], want[1], want[2]);
  }
}

INSTANTIATE_TEST_SUITE_P(Primaries, OnTheScreen, testing::ValuesIn(kAll),
                         [](const auto& p) { return std::string(p.param.name); });

TEST(Primaries, OfNoTagAreTheScreens) {
  EXPECT_EQ(shown(*flat_rgb({200, 120, 100})), (std::array{200, 120, 100}));
}

TEST(Transfer, LinearLightIsBroughtToTheScreensCurve) {
  const media::Frame frame = flat_rgb({128, 55, 13});
  frame->color_trc = AVCOL_TRC_LINEAR;
  const std::array got = shown(*frame);
  EXPECT_NEAR(got[0], 188, 2);  // sRGB: half of the light
  EXPECT_NEAR(got[1], 128, 2);
  EXPECT_NEAR(got[2], 63, 2);
}

/// Of a standard whose values are made for a screen.
TEST(Transfer, OfAllStandardsForScreensIsShownAsItIs) {
  for (const AVColorTransferCharacteristic transfer :
       {AVCOL_TRC_BT709, AVCOL_TRC_GAMMA22, AVCOL_TRC_GAMMA28, AVCOL_TRC_SMPTE170M,
        AVCOL_TRC_SMPTE240M, AVCOL_TRC_IEC61966_2_4, AVCOL_TRC_BT1361_ECG, AVCOL_TRC_IEC61966_2_1,
        AVCOL_TRC_BT2020_10, AVCOL_TRC_BT2020_12}) {
    const media::Frame frame = flat_rgb({200, 120, 100});
    frame->color_trc = transfer;
    EXPECT_EQ(shown(*frame), (std::array{200, 120, 100})) << av_color_transfer_name(transfer);
  }
}

TEST(Transfer, LogarithmsAreBroughtToTheScreensCurve) {
  // A tenth of the light: half way of a range of 1:100, 0.6 of one of 1:316.
  const media::Frame frame = flat_rgb({128, 128, 128});
  frame->color_trc = AVCOL_TRC_LOG;
  EXPECT_NEAR(shown(*frame)[0], 89, 3);
  const media::Frame root = flat_rgb({153, 153, 153});
  root->color_trc = AVCOL_TRC_LOG_SQRT;
  EXPECT_NEAR(shown(*root)[0], 89, 3);
}

/// ST 428-1: a power of 2.6, and white at 48 of 52.37 cd/m2.
TEST(Transfer, CinemasIsBroughtToTheScreensCurve) {
  const std::array code = {247, 200, 120};
  const media::Frame frame = flat_rgb(code);
  frame->color_trc = AVCOL_TRC_SMPTE428;
  const std::array got = shown(*frame);
  for (std::size_t i = 0; i < 3; ++i) {
    const double light = 52.37 / 48 * std::pow(code[i] / 255.0, 2.6);
    const double srgb = light > 1 ? 1 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
    EXPECT_NEAR(got[i], 255 * srgb, 2) << i;
  }
  EXPECT_EQ(colour_of(*frame).text(), "rgb transfer smpte428");
}

/// The usual pair of cinema's tags: X, Y and Z of grey, whose white has equal parts of them.
TEST(Transfer, CinemasInXyzIsBroughtToTheScreensPrimaries) {
  const media::Frame frame = flat_rgb({200, 200, 200});
  frame->color_trc = AVCOL_TRC_SMPTE428;
  frame->color_primaries = AVCOL_PRI_SMPTE428;
  const double light = 52.37 / 48 * std::pow(200 / 255.0, 2.6);
  for (const int part : shown(*frame))
    EXPECT_NEAR(part, 255 * (1.055 * std::pow(light, 1 / 2.4) - 0.055), 2);
}

/// Digital cinema: FFmpeg's unpacking makes RGB of the usual kind, so the tags are done with.
TEST(Transfer, XyzIsNotConvertedTwice) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_XYZ12LE;
  frame->width = frame->height = 16;
  ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  // White of D65 as cinema writes it: X, Y, Z to the power of 1 / 2.6, twelve bits above.
  const std::array white = {std::pow(0.9505, 1 / 2.6), 1.0, std::pow(1.089, 1 / 2.6)};
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 48; ++x) {
      const double part = 0.7 * white[static_cast<std::size_t>(x % 3)];
      const auto word = static_cast<std::uint16_t>(std::lround(part * 4095)) << 4;
      frame->data[0][y * frame->linesize[0] + 2 * x] = static_cast<std::uint8_t>(word & 0xFF);
      frame->data[0][y * frame->linesize[0] + 2 * x + 1] = static_cast<std::uint8_t>(word >> 8);
    }
  const std::array plain = shown(*frame);
  EXPECT_NEAR(plain[0], plain[1], 3);
  EXPECT_NEAR(plain[1], plain[2], 3);
  frame->color_primaries = AVCOL_PRI_SMPTE428;
  frame->color_trc = AVCOL_TRC_SMPTE428;
  EXPECT_EQ(shown(*frame), plain);
}

}  // namespace
}  // namespace latham::viewer
