// SPDX-License-Identifier: MIT
// Every pixel format of this FFmpeg, each a mid grey: it is shown grey, or refused by its name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/viewer/flat_frame.h"
#include "viewer/picture.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace latham::viewer {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 32;
constexpr int kGrey = 130;

/// By swscale, where it can write the format; values keep what they mean.
bool make_by_swscale(AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (sws_isSupportedOutput(format) == 0) return false;
  const Case rgb{"", k709, true, AV_PIX_FMT_GBRP, 8};
  const media::Frame from = flat_frame(rgb, kWidth, kHeight, kGrey, kGrey, kGrey);
  SwsContext* sws = sws_getContext(kWidth, kHeight, AV_PIX_FMT_GBRP, kWidth, kHeight, format,
                                   SWS_ACCURATE_RND, nullptr, nullptr, nullptr);
  if (sws == nullptr) return false;
  const int* matrix = sws_getCoefficients(SWS_CS_DEFAULT);
  (void)sws_setColorspaceDetails(sws, matrix, 1, matrix, 1, 0, 1 << 16, 1 << 16);
  sws_scale(sws, from->data, from->linesize, 0, kHeight, frame.data, frame.linesize);
  sws_freeContext(sws);
  return true;
}

/// What remains: formats that FFmpeg reads only.
void make_by_hand(AVFrame& frame, const AVPixFmtDescriptor& desc) {
  if ((desc.flags & AV_PIX_FMT_FLAG_PAL) != 0) {
    std::memset(frame.data[0], 7, static_cast<std::size_t>(frame.linesize[0]) * kHeight);
    const std::uint32_t entry = 0xFF000000U | kGrey << 16 | kGrey << 8 | kGrey;
    std::memcpy(frame.data[1] + std::size_t{7} * 4, &entry, 4);
    return;
  }
  if ((desc.flags & AV_PIX_FMT_FLAG_BAYER) != 0) {
    std::memset(frame.data[0], kGrey, static_cast<std::size_t>(frame.linesize[0]) * kHeight);
    return;
  }
  if (frame.format ==
      AV_PIX_FMT_UYYVYY411) {  // av_write_image_line2() writes outside of its samples
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth * 3 / 2; ++x)
        frame.data[0][y * frame.linesize[0] + x] =
            static_cast<std::uint8_t>(x % 3 == 0 ? 128 : kGrey);
    return;
  }
  // What writes lines below adds to what is there.
  for (int p = 0; frame.data[p] != nullptr; ++p)
    std::memset(frame.data[p], 0, frame.buf[p] != nullptr ? frame.buf[p]->size : 0);
  const bool rgb = (desc.flags & AV_PIX_FMT_FLAG_RGB) != 0;
  for (int c = 0; c < desc.nb_components; ++c) {
    const bool chroma = !rgb && desc.nb_components > 2 && (c == 1 || c == 2);
    const int bits = desc.comp[c].depth;
    const std::uint32_t most = (1U << bits) - 1;
    const std::uint32_t value =
        chroma ? 1U << (bits - 1) : (static_cast<std::uint32_t>(kGrey) * most + 127) / 255;
    const std::vector<std::uint32_t> row(kWidth, value);
    const int width = chroma ? AV_CEIL_RSHIFT(kWidth, desc.log2_chroma_w) : kWidth;
    const int height = chroma ? AV_CEIL_RSHIFT(kHeight, desc.log2_chroma_h) : kHeight;
    for (int y = 0; y < height; ++y)
      av_write_image_line2(row.data(), frame.data, frame.linesize, &desc, 0, y, c, width, 4);
  }
}

TEST(Formats, AllAreShownOrRefusedByName) {
  std::vector<std::string> refused;
  int shown = 0;
  for (const AVPixFmtDescriptor* desc = av_pix_fmt_desc_next(nullptr); desc != nullptr;
       desc = av_pix_fmt_desc_next(desc)) {
    if ((desc->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) continue;  // no memory of ours
    const media::Frame frame = media::make_frame();
    frame->format = av_pix_fmt_desc_get_id(desc);
    frame->width = kWidth;
    frame->height = kHeight;
    frame->color_range = AVCOL_RANGE_JPEG;
    ASSERT_GE(av_frame_get_buffer(frame.get(), 64), 0) << desc->name;
    if (!make_by_swscale(*frame)) make_by_hand(*frame, *desc);
    Converter converter;
    Picture picture;
    try {
      converter.convert(*frame, {}, {kWidth, kHeight}, picture);
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(fmt::format(" {} ", desc->name)), std::string::npos)
          << error.what();
      refused.emplace_back(desc->name);
      continue;
    }
    ++shown;
    const bool by_hand = sws_isSupportedOutput(static_cast<AVPixelFormat>(frame->format)) == 0;
    if (by_hand && (desc->flags & AV_PIX_FMT_FLAG_FLOAT) != 0) continue;  // no hand for these
    // Formats of few bits cannot hold it exactly, and dither; swscale makes some with 3 too few.
    const int bits = desc->comp[0].depth;
    const bool few = bits < 8 && (desc->flags & AV_PIX_FMT_FLAG_BAYER) == 0;
    const int tolerance = few ? 128 >> (bits - 1) : 3;
    std::array<double, 3> mean{};
    for (int x = 16; x < 48; ++x)
      for (std::size_t i = 0; i < 3; ++i) mean[i] += parts(picture.at(x, 16))[i] / 32.0;
    for (const double part : mean) EXPECT_NEAR(part, kGrey, tolerance) << desc->name;
  }
  std::string names;
  for (const std::string& name : refused) names += name + " ";
  if (LIBAVUTIL_VERSION_MAJOR == 57) {  // later ones know more formats
    EXPECT_EQ(names, "");
  }
  EXPECT_GT(shown, 190);
}

/// By FFmpeg's words, Cb Y0 Y1 Cr Y2 Y3: it converts neither from nor to this format.
TEST(Formats, EachSampleOfUyyvyy411IsFoundInItsPlace) {
  const auto make = [](AVPixelFormat format) {
    media::Frame frame = media::make_frame();
    frame->format = format;
    frame->width = kWidth - 2;  // the last samples of chroma belong to two pixels
    frame->height = kHeight;
    frame->color_range = AVCOL_RANGE_JPEG;
    if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
    return frame;
  };
  const media::Frame planar = make(AV_PIX_FMT_YUV411P);
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < (p == 0 ? kWidth : kWidth / 4); ++x)
        planar->data[p][y * planar->linesize[p] + x] =
            static_cast<std::uint8_t>(64 + (x * 37 + y * 11 + p * 50) % 128);
  const media::Frame packed = make(AV_PIX_FMT_UYYVYY411);
  for (int y = 0; y < kHeight; ++y)
    for (int four = 0; four < kWidth / 4; ++four) {
      const auto from = [&](int plane, int x) {
        return planar->data[plane][y * planar->linesize[plane] + x];
      };
      std::uint8_t* to = packed->data[0] + y * packed->linesize[0] + four * 6;
      const std::array samples = {from(1, four), from(0, 4 * four),     from(0, 4 * four + 1),
                                  from(2, four), from(0, 4 * four + 2), from(0, 4 * four + 3)};
      std::copy(samples.begin(), samples.end(), to);
    }
  Converter converter;
  Picture of_planar;
  Picture of_packed;
  converter.convert(*planar, {}, {planar->width, kHeight}, of_planar);
  converter.convert(*packed, {}, {planar->width, kHeight}, of_packed);
  EXPECT_EQ(of_packed.pixels, of_planar.pixels);
}

}  // namespace
}  // namespace latham::viewer
