// SPDX-License-Identifier: MIT
// What a PNG of a frame holds: the values of the frame, and what they mean.
#include "viewer/screenshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/unit/viewer/flat_frame.h"

namespace latham::viewer {
namespace {

media::Frame read_png(const std::string& png) {
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_PNG);
  const media::CodecContext context(avcodec_alloc_context3(codec));
  const media::Packet packet = media::make_packet();
  media::Frame read = media::make_frame();
  if (avcodec_open2(context.get(), codec, nullptr) < 0 ||
      av_new_packet(packet.get(), static_cast<int>(png.size())) < 0)
    return read;
  std::copy(png.begin(), png.end(), packet->data);
  (void)avcodec_send_packet(context.get(), packet.get());
  (void)avcodec_receive_frame(context.get(), read.get());
  return read;
}

/// Red of a pixel of 16 bit PNG.
int red_of(const AVFrame& frame, int x, int y) {
  const std::uint8_t* at = frame.data[0] + y * frame.linesize[0] + 6 * x;
  return at[0] << 8 | at[1];
}

TEST(Screenshot, AlphaIsKept) {
  constexpr int kColourType = 25;  // in IHDR; 2 is RGB, 6 is RGB with alpha
  const Case c{"", k709, false, AV_PIX_FMT_YUV420P, 8};
  EXPECT_EQ(png_of(*flat_frame(c, 16, 16, 100, 128, 128), {})[kColourType], 2);
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_RGBA;
  frame->width = frame->height = 2;
  ASSERT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      for (int part = 0; part < 4; ++part)
        frame->data[0][y * frame->linesize[0] + 4 * x + part] =
            static_cast<std::uint8_t>(part == 3 ? 50 * (2 * y + x) : 200);
  const std::string png = png_of(*frame, {.flip_x = true});
  EXPECT_EQ(png[kColourType], 6);
  const media::Frame read = read_png(png);
  ASSERT_EQ(read->format, AV_PIX_FMT_RGBA);
  EXPECT_EQ(read->data[0][0], 200);
  EXPECT_EQ(read->data[0][3], 50);  // mirrored: of the pixel on the right
  EXPECT_EQ(read->data[0][read->linesize[0] + 7], 100);
}

TEST(Screenshot, DeepFramesBecomeSixteenBitPng) {
  const Case c{"", k709, false, AV_PIX_FMT_YUV420P10LE, 10};
  const std::string png = png_of(*flat_frame(c, 33, 17, 500, 512, 512), {});
  ASSERT_GT(png.size(), 26U);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(png[24], 16);  // bit depth, in IHDR
  const Case eight{"", k709, false, AV_PIX_FMT_YUV420P, 8};
  EXPECT_EQ(png_of(*flat_frame(eight, 33, 17, 100, 128, 128), {})[24], 8);
}

TEST(Screenshot, HdrKeepsItsCodeValuesAndSaysWhatTheyAre) {
  const Case c{"", k2020, false, AV_PIX_FMT_YUV420P10LE, 10};
  const int luma = 64 + 438;  // half way: PQ 0.5
  const media::Frame frame = flat_frame(c, 16, 16, luma, 512, 512);
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  frame->color_primaries = AVCOL_PRI_BT2020;
  const std::string png = png_of(*frame, {});
  const media::Frame read = read_png(png);
  ASSERT_EQ(read->format, AV_PIX_FMT_RGB48BE);
  EXPECT_NEAR(red_of(*read, 8, 8), 32768, 64);
  // Length 4, the chunk after the header; primaries, transfer, no matrix, full range.
  EXPECT_EQ(png.substr(33, 12), std::string("\0\0\0\4cICP\x09\x10\0\1", 12));
  frame->color_primaries = AVCOL_PRI_UNSPECIFIED;
  EXPECT_EQ(png_of(*frame, {}), png) << "HDR that does not say is BT.2020";
}

TEST(Screenshot, WidePrimariesAreSavedAsTheyAre) {
  const Case c{"", k2020, false, AV_PIX_FMT_YUV420P10LE, 10};
  const media::Frame frame = flat_frame(c, 16, 16, 500, 400, 640);
  const media::Frame plain = read_png(png_of(*frame, {}));
  frame->color_primaries = AVCOL_PRI_BT2020;
  const std::string png = png_of(*frame, {});
  EXPECT_NE(png.find("cICP"), std::string::npos);
  EXPECT_EQ(red_of(*read_png(png), 8, 8), red_of(*plain, 8, 8));
}

TEST(Screenshot, OfTheUsualKindSaysNothing) {
  const Case c{"", k709, false, AV_PIX_FMT_YUV420P, 8};
  const media::Frame frame = flat_frame(c, 16, 16, 100, 128, 128);
  frame->color_primaries = AVCOL_PRI_BT709;
  frame->color_trc = AVCOL_TRC_BT709;
  EXPECT_EQ(png_of(*frame, {}).find("cICP"), std::string::npos);
}

TEST(Screenshot, OfTheWindowIsWhatIsSeen) {
  Picture window;
  window.resize({3, 2});
  window.at(2, 1) = 0xFF102030;
  const media::Frame read = read_png(png_of(window));
  ASSERT_EQ(read->format, AV_PIX_FMT_RGB24);
  const std::uint8_t* pixel = read->data[0] + read->linesize[0] + 6;
  EXPECT_EQ((std::array<int, 3>{pixel[0], pixel[1], pixel[2]}), (std::array{0x10, 0x20, 0x30}));
}

}  // namespace
}  // namespace latham::viewer
