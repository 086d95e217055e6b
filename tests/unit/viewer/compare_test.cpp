// SPDX-License-Identifier: MIT
#include "viewer/compare.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "viewer/pairs.h"
#include "viewer/pixel_value.h"
#include "viewer/scopes.h"

namespace latham::viewer {
namespace {

using std::chrono::milliseconds;

Picture plain(Size size, std::uint32_t pixel) {
  Picture picture;
  picture.resize(size);
  std::fill(picture.pixels.begin(), picture.pixels.end(), pixel);
  return picture;
}

TEST(Compare, SplitHasOneLeftTheOtherRightAndALine) {
  Picture out;
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), 3, out);
  EXPECT_EQ(out.at(2, 1), 0xFF111111U);
  EXPECT_EQ(out.at(3, 1), 0xFFFFFFFFU);
  EXPECT_EQ(out.at(4, 1), 0xFF222222U);
}

TEST(Compare, SplitOutsideThePictureShowsOneOfThem) {
  Picture out;
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), -5, out);
  EXPECT_EQ(out.pixels, plain({8, 2}, 0xFF222222).pixels);
  split(plain({8, 2}, 0xFF111111), plain({8, 2}, 0xFF222222), 99, out);
  EXPECT_EQ(out.pixels, plain({8, 2}, 0xFF111111).pixels);
}

TEST(Compare, DifferenceIsFourfoldAndBounded) {
  Picture out;
  difference(plain({2, 1}, 0xFF102030), plain({2, 1}, 0xFF1020FF), out);
  EXPECT_EQ(out.at(0, 0), 0xFF0000FFU);
  difference(plain({2, 1}, 0xFF102030), plain({2, 1}, 0xFF112030), out);
  EXPECT_EQ(out.at(1, 0), 0xFF040000U);
}

TEST(Compare, CycleComesBackToTheOutput) {
  Compare mode = Compare::output;
  for (int i = 0; i < 5; ++i) mode = next(mode);
  EXPECT_EQ(mode, Compare::output);
}

TakenFrame taken(std::int64_t time_us) {
  auto frame = std::make_shared<Taken>();
  frame->time_us = time_us;
  return frame;
}

class PairsTest : public testing::Test {
 protected:
  Pairs::Clock::time_point now_{std::chrono::hours(1)};
  Pairs pairs_;
};

TEST_F(PairsTest, SourceWaitsForItsOwnOutput) {
  pairs_.add_source(taken(200'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(100'000), now_));
  EXPECT_FALSE(pairs_.add_output(taken(160'000), now_));
  ASSERT_TRUE(pairs_.add_output(taken(200'400), now_));  // another time base, rounded
  EXPECT_TRUE(pairs_.pair().matched);
  EXPECT_EQ(pairs_.pair().source->time_us, 200'000);
}

TEST_F(PairsTest, MissedSourceIsLetGoAndTheNextOneCounts) {
  pairs_.add_source(taken(200'000), now_);
  pairs_.add_source(taken(300'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(240'000), now_));
  EXPECT_TRUE(pairs_.add_output(taken(300'000), now_));
  EXPECT_EQ(pairs_.pair().source->time_us, 300'000);
}

TEST_F(PairsTest, WithoutAMatchTheNearestIsShownAndSaysSo) {
  pairs_.add_source(taken(200'000), now_);
  EXPECT_FALSE(pairs_.add_output(taken(50'000), now_));
  EXPECT_TRUE(pairs_.add_output(taken(60'000), now_ + milliseconds(2000)));
  EXPECT_FALSE(pairs_.pair().matched);
  EXPECT_EQ(pairs_.pair().source->time_us, 200'000);
}

TEST_F(PairsTest, HoldsFewSourcesAndSpreadsThem) {
  EXPECT_TRUE(pairs_.wants_source(now_));
  pairs_.add_source(taken(1), now_);
  EXPECT_FALSE(pairs_.wants_source(now_ + milliseconds(5)));
  for (int i = 1; i < 5; ++i) pairs_.add_source(taken(i), now_);
  EXPECT_FALSE(pairs_.wants_source(now_ + milliseconds(5000)));
}

TEST(Scopes, HistogramHasItsPeakAtTheValue) {
  Picture out;
  histogram(plain({64, 64}, 0xFF800000), out);
  EXPECT_GT(out.at(128, 20) >> 16 & 0xFF, 150U);
  EXPECT_LT(out.at(100, 20) >> 16 & 0xFF, 60U);
}

TEST(Scopes, WaveformOfWhiteIsAtTheTopAndOfBlackAtTheBottom) {
  Picture out;
  waveform(plain({64, 64}, 0xFFFFFFFF), out);
  EXPECT_GT(out.at(100, 0) & 0xFF, 200U);
  waveform(plain({64, 64}, 0xFF000000), out);
  EXPECT_GT(out.at(100, kScopeSize.height - 1) & 0xFF, 200U);
}

TEST(Scopes, VectorscopeOfGreyIsInTheMiddleAndOfRedAbove) {
  Picture out;
  const int middle = kVectorscopeSize.width / 2;
  vectorscope(plain({64, 64}, 0xFF808080), out);
  EXPECT_GT(out.at(middle, middle) & 0xFF, 150U);
  vectorscope(plain({64, 64}, 0xFFFF0000), out);
  int brightest = 0;
  for (int y = 0; y < middle / 2; ++y)
    for (int x = 0; x < kVectorscopeSize.width; ++x)
      brightest = std::max(brightest, static_cast<int>(out.at(x, y) >> 8 & 0xFF));
  EXPECT_GT(brightest, 80);
}

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
