// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/av.h"

namespace latham::test {

/// A picture of its own memory whose pixels differ from column to column and line to line.
inline media::Frame make_picture(int width, int height, AVPixelFormat format = AV_PIX_FMT_GRAY8,
                                 std::int64_t pts = 0) {
  media::Frame frame = media::make_frame();
  frame->width = width;
  frame->height = height;
  frame->format = format;
  frame->pts = pts;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  for (int p = 0; p < av_pix_fmt_count_planes(format); ++p) {
    const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
    const int rows = p == 1 || p == 2 ? AV_CEIL_RSHIFT(height, desc->log2_chroma_h) : height;
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < frame->linesize[p]; ++x)
        frame->data[p][y * frame->linesize[p] + x] = static_cast<std::uint8_t>(x * 3 + y * 7 + p);
  }
  return frame;
}

}  // namespace latham::test
