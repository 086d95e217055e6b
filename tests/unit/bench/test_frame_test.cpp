// SPDX-License-Identifier: MIT
#include "bench/test_frame.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace latham::bench {
namespace {

struct Frame {
  explicit Frame(const FrameSize& s) : size(s), bytes(memory_bytes(s)) {
    planes = planes_in(bytes.data(), s);
  }
  std::optional<std::string> check(std::uint64_t number) const {
    return check_frame(planes.data(), static_cast<std::uint32_t>(planes.size()), size, number);
  }
  FrameSize size;
  std::vector<std::byte> bytes;
  std::vector<transport::Plane> planes;
};

TEST(TestFrame, FilledFrameIsRight) {
  for (const FrameSize& size :
       {FrameSize{1920, 1080, 8}, FrameSize{66, 34, 10}, FrameSize{2, 2, 8}}) {
    Frame frame(size);
    fill_frame(frame.planes, 17);
    EXPECT_EQ(frame.check(17), std::nullopt) << to_text(size);
  }
}

TEST(TestFrame, FrameOfAnotherNumberIsWrong) {
  Frame frame({64, 64, 8});
  fill_frame(frame.planes, 17);
  EXPECT_TRUE(frame.check(18));
}

TEST(TestFrame, EveryByteThatChangesIsFound) {
  Frame frame({34, 4, 8});
  fill_frame(frame.planes, 1);
  for (const transport::Plane& plane : frame.planes)
    for (std::uint32_t r = 0; r < plane.rows; ++r)
      for (std::uint32_t column = 0; column < plane.row_bytes; ++column) {
        auto& byte = const_cast<std::byte*>(plane.data)[r * plane.stride + column];
        byte ^= std::byte{0x40};
        const auto wrong = frame.check(1);
        ASSERT_TRUE(wrong) << "row " << r << " column " << column;
        EXPECT_NE(wrong->find("byte " + std::to_string(column) + " "), std::string::npos) << *wrong;
        byte ^= std::byte{0x40};
      }
  EXPECT_FALSE(frame.check(1));
}

TEST(TestFrame, SwappedRowsAreFound) {
  Frame frame({64, 4, 8});
  fill_frame(frame.planes, 1);
  auto* luma = const_cast<std::byte*>(frame.planes[0].data);
  std::swap_ranges(luma, luma + 64, luma + frame.planes[0].stride);
  EXPECT_TRUE(frame.check(1));
}

TEST(TestFrame, FrameOfAnotherShapeIsWrong) {
  Frame frame({64, 64, 8});
  fill_frame(frame.planes, 1);
  EXPECT_TRUE(check_frame(frame.planes.data(), 2, frame.size, 1));
  EXPECT_TRUE(check_frame(frame.planes.data(), 3, {64, 32, 8}, 1));
}

TEST(TestFrame, SizesAreParsedOrRefused) {
  EXPECT_EQ(parse_size("1920x1080", 8), (FrameSize{1920, 1080, 8}));
  for (const char* text : {"", "1920", "1920x", "x1080", "1920x1080p", "-2x2", "1x2", "0x0"})
    EXPECT_THROW((void)parse_size(text, 8), std::invalid_argument) << text;
  EXPECT_THROW((void)parse_size("64x64", 9), std::invalid_argument);
}

TEST(TestFrame, TenBitsTakeTwoBytesASample) {
  EXPECT_EQ(pixel_bytes({64, 64, 8}), 6144U);
  EXPECT_EQ(pixel_bytes({64, 64, 10}), 12288U);
}

}  // namespace
}  // namespace latham::bench
