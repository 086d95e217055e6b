// SPDX-License-Identifier: MIT
#include "viewer/pixel_value.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

TEST(PixelValue, IsTheCodeValueInItsOwnDepthAndOutsideNothing) {
  const media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_YUV420P10LE;
  frame->width = 5;
  frame->height = 3;
  ASSERT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  const auto set = [&](int plane, int x, int y, int value) {
    frame->data[plane][y * frame->linesize[plane] + 2 * x] = static_cast<std::uint8_t>(value & 255);
    frame->data[plane][y * frame->linesize[plane] + 2 * x + 1] =
        static_cast<std::uint8_t>(value >> 8);
  };
  set(0, 4, 2, 940);
  set(1, 2, 1, 300);
  set(2, 2, 1, 700);
  EXPECT_EQ(code_values(*frame, {4, 2}), "Y 940 Cb 300 Cr 700");
  EXPECT_EQ(code_values(*frame, {5, 2}), "");
  EXPECT_EQ(code_values(*frame, {-1, 0}), "");
}

}  // namespace
}  // namespace latham::viewer
