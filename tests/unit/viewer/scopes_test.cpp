// SPDX-License-Identifier: MIT
#include "viewer/scopes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/viewer/flat_frame.h"

namespace latham::viewer {
namespace {

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

}  // namespace
}  // namespace latham::viewer
