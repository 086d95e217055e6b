// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>

#include "media/av.h"
#include "viewer/picture.h"

namespace latham::viewer {

/// Red, green, blue.
inline std::array<int, 3> parts(std::uint32_t pixel) {
  return {static_cast<int>(pixel >> 16 & 0xFF), static_cast<int>(pixel >> 8 & 0xFF),
          static_cast<int>(pixel & 0xFF)};
}

/// The parts of red and blue in luma.
struct Matrix {
  AVColorSpace space;
  double kr;
  double kb;
};
inline constexpr Matrix k601 = {AVCOL_SPC_SMPTE170M, 0.299, 0.114};
inline constexpr Matrix k709 = {AVCOL_SPC_BT709, 0.2126, 0.0722};
inline constexpr Matrix k2020 = {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593};
inline constexpr Matrix k240 = {AVCOL_SPC_SMPTE240M, 0.212, 0.087};

/// A kind of frame.
struct Case {
  const char* name;
  Matrix matrix;
  bool full;
  AVPixelFormat format;
  int bits;
};

/// One colour everywhere.
inline media::Frame flat_frame(const Case& c, int width, int height, int y, int u, int v) {
  media::Frame frame = media::make_frame();
  frame->format = c.format;
  frame->width = width;
  frame->height = height;
  frame->colorspace = c.matrix.space;
  frame->color_range = c.full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  const std::array values = {y, u, v};
  for (std::size_t p = 0; p < 3; ++p) {
    const bool whole = p == 0 || c.format == AV_PIX_FMT_GBRP;
    const int rows = whole ? height : (height + 1) / 2;
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

/// The same as a picture.
inline Picture plain(Size size, std::uint32_t pixel) {
  Picture picture;
  picture.resize(size);
  std::fill(picture.pixels.begin(), picture.pixels.end(), pixel);
  return picture;
}

}  // namespace latham::viewer
