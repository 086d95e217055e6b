// SPDX-License-Identifier: MIT
#include "media/filter_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "system/failure.h"
#include "tests/unit/media/test_frames.h"

namespace latham::test {
namespace {

using media::FilterGraph;
using media::FilterRequest;
using media::StreamNote;

StreamNote note() {
  StreamNote n;
  n.time_base = {1, 25};
  n.source_time_base = {1, 25};
  n.frame_rate = {25, 1};
  return n;
}

/// What came out of a graph.
struct Out {
  std::vector<media::Frame> frames;
  StreamNote note;
  FilterGraph::Output collect() {
    return [this](AVFrame& frame, const StreamNote& n) {
      frames.emplace_back(av_frame_clone(&frame));
      note = n;
    };
  }
};

FilterRequest described(const std::string& description) {
  FilterRequest request;
  request.description = description;
  return request;
}

Out filter(const FilterRequest& request, int frames, int width = 64, int height = 48) {
  FilterGraph graph(request);
  Out out;
  for (int i = 0; i < frames; ++i)
    graph.push(*make_picture(width, height, AV_PIX_FMT_GRAY8, i), note(), out.collect());
  graph.finish(out.collect());
  return out;
}

TEST(FilterGraph, HflipMirrorsEachLine) {
  const Out out = filter(described("hflip"), 3);
  ASSERT_EQ(out.frames.size(), 3U);
  const media::Frame original = make_picture(64, 48);
  const AVFrame& got = *out.frames[1];
  EXPECT_EQ(got.pts, 1);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x)
      ASSERT_EQ(got.data[0][y * got.linesize[0] + x],
                original->data[0][y * original->linesize[0] + 63 - x]);
}

TEST(FilterGraph, NullAndSetptsAndCropLeaveThePixelsWhereTheyAre) {
  for (const char* description : {"null", "setpts=PTS*2", "crop=32:24:8:4"}) {
    FilterGraph graph(described(description));
    Out out;
    media::Frame frame = make_picture(64, 48);
    const std::uint8_t* first = frame->data[0];
    const std::uint8_t* last = first + frame->linesize[0] * 48;
    graph.push(*frame, note(), out.collect());
    graph.finish(out.collect());
    ASSERT_EQ(out.frames.size(), 1U) << description;
    EXPECT_GE(out.frames[0]->data[0], first) << description;
    EXPECT_LT(out.frames[0]->data[0], last) << description;
  }
}

TEST(FilterGraph, FramesThatAFilterKeepsComeAtTheEnd) {
  const Out out = filter(described("reverse"), 5);
  ASSERT_EQ(out.frames.size(), 5U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(out.frames[static_cast<std::size_t>(i)]->pts, i);
}

TEST(FilterGraph, FpsChangesCountAndTimeBase) {
  FilterGraph graph(described("fps=50"));
  Out out;
  for (int i = 0; i < 10; ++i) {
    StreamNote n = note();
    n.end_time_us = (i + 1) * 40000;
    graph.push(*make_picture(64, 48, AV_PIX_FMT_GRAY8, i), n, out.collect());
  }
  graph.finish(out.collect());
  EXPECT_EQ(out.frames.size(), 20U);
  EXPECT_EQ(av_cmp_q(out.note.time_base, {1, 50}), 0);
  EXPECT_EQ(av_cmp_q(out.note.frame_rate, {50, 1}), 0);
}

TEST(FilterGraph, SizeAndPixelFormatOfTheEncoderAreDelivered) {
  FilterRequest request = described("null");
  request.width = 32;
  request.height = 16;
  request.pixel_formats = "yuv420p";
  const Out out = filter(request, 1);
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_EQ(out.frames[0]->width, 32);
  EXPECT_EQ(out.frames[0]->height, 16);
  EXPECT_EQ(out.frames[0]->format, AV_PIX_FMT_YUV420P);
}

TEST(FilterGraph, ChangedSizeComesOutInTheFirstSize) {
  FilterGraph graph(described("hflip"));
  Out out;
  for (int i = 0; i < 6; ++i)
    graph.push(*make_picture(i < 3 ? 64 : 128, i < 3 ? 48 : 96, AV_PIX_FMT_GRAY8, i), note(),
               out.collect());
  graph.finish(out.collect());
  EXPECT_EQ(graph.rebuilds(), 1);
  EXPECT_EQ(graph.dropped(), 0);
  ASSERT_EQ(out.frames.size(), 6U);
  for (const media::Frame& frame : out.frames) {
    EXPECT_EQ(frame->width, 64);
    EXPECT_EQ(frame->height, 48);
  }
}

TEST(FilterGraph, ChangedPixelFormatComesOutInTheFirstFormat) {
  FilterGraph graph(described("null"));
  Out out;
  graph.push(*make_picture(64, 48, AV_PIX_FMT_YUV420P, 0), note(), out.collect());
  graph.push(*make_picture(64, 48, AV_PIX_FMT_RGB24, 1), note(), out.collect());
  graph.finish(out.collect());
  ASSERT_EQ(out.frames.size(), 2U);
  EXPECT_EQ(out.frames[1]->format, AV_PIX_FMT_YUV420P);
}

TEST(FilterGraph, FramesKeptAtAChangeAreDroppedAndCounted) {
  FilterGraph graph(described("reverse"));
  Out out;
  for (int i = 0; i < 8; ++i)
    graph.push(*make_picture(i < 5 ? 64 : 128, 48, AV_PIX_FMT_GRAY8, i), note(), out.collect());
  graph.finish(out.collect());
  EXPECT_EQ(graph.dropped(), 5);
  EXPECT_EQ(out.frames.size(), 3U);
}

TEST(FilterGraph, EndlessFilterAtAChangeIsCountedUpToABound) {
  FilterGraph graph(described("tpad=stop=-1:stop_mode=clone"));
  Out out;
  graph.push(*make_picture(64, 48, AV_PIX_FMT_GRAY8, 0), note(), out.collect());
  graph.push(*make_picture(32, 48, AV_PIX_FMT_GRAY8, 1), note(), out.collect());
  EXPECT_EQ(graph.dropped(), FilterGraph::kMostCounted);
  EXPECT_EQ(out.frames.size(), 2U);
}

TEST(FilterGraph, UnchangedFramesDoNotRebuild) {
  FilterGraph graph(described("hflip"));
  Out out;
  for (int i = 0; i < 5; ++i)
    graph.push(*make_picture(64, 48, AV_PIX_FMT_GRAY8, i), note(), out.collect());
  EXPECT_EQ(graph.rebuilds(), 0);
}

TEST(FilterGraph, EndWithoutAFrameGivesNothing) {
  FilterGraph graph(described("hflip"));
  Out out;
  graph.finish(out.collect());
  EXPECT_TRUE(out.frames.empty());
}

class BadGraph : public testing::TestWithParam<const char*> {};

TEST_P(BadGraph, IsAUsageError) {
  try {
    const FilterGraph graph(described(GetParam()));
    FAIL() << "was taken";
  } catch (const StageFailure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::usage);
    EXPECT_NE(std::string(failure.what()).find(GetParam()), std::string::npos) << failure.what();
  }
}
INSTANTIATE_TEST_SUITE_P(Descriptions, BadGraph,
                         testing::Values("hflipp", "scale=[", "scale=widht=3", "split", "testsrc",
                                         "nullsink", "[a]hflip,vflip[b];[c]null", "hflip,,vflip"));

// ---- upright
// ---------------------------------------------------------------------------------------

struct Turn {
  std::int32_t a, b, c, d;
  const char* filters;  ///< What ffmpeg puts in front of the graph.
};
class Upright : public testing::TestWithParam<Turn> {};

TEST_P(Upright, FiltersAreThoseOfFfmpeg) {
  const auto& [a, b, c, d, filters] = GetParam();
  constexpr std::int32_t kOne = 1 << 16;
  const std::int32_t matrix[9] = {a * kOne, b * kOne, 0, c * kOne, d * kOne, 0, 0, 0, 1 << 30};
  EXPECT_EQ(media::upright_filters(matrix), filters);
}
INSTANTIATE_TEST_SUITE_P(EightMatrices, Upright,
                         testing::Values(Turn{1, 0, 0, 1, ""}, Turn{0, 1, -1, 0, "transpose=clock"},
                                         Turn{-1, 0, 0, -1, "hflip,vflip"},
                                         Turn{0, -1, 1, 0, "transpose=cclock"},
                                         Turn{-1, 0, 0, 1, "hflip"}, Turn{1, 0, 0, -1, "vflip"},
                                         Turn{0, 1, 1, 0, "transpose=cclock_flip"},
                                         Turn{0, -1, -1, 0, "transpose=clock_flip"},
                                         Turn{0, 0, 0, 0, ""}));

TEST(UprightGraph, TurnsAPortraitPicture) {
  StreamNote n = note();
  n.has_display_matrix = true;
  const std::int32_t matrix[9] = {0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30};
  std::copy_n(matrix, 9, n.display_matrix);
  FilterGraph graph(described("null"));
  Out out;
  graph.push(*make_picture(64, 48), n, out.collect());
  graph.finish(out.collect());
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_EQ(out.frames[0]->width, 48);
  EXPECT_EQ(out.frames[0]->height, 64);
  EXPECT_FALSE(out.note.has_display_matrix) << "else it would be turned twice";
}

TEST(UprightGraph, MatrixOfTheFrameItselfIsAppliedOnce) {
  media::Frame frame = make_picture(64, 48);
  const std::int32_t matrix[9] = {0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30};
  AVFrameSideData* sd = media::checked(
      av_frame_new_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX, sizeof(matrix)));
  std::memcpy(sd->data, matrix, sizeof(matrix));
  FilterGraph first(described("null"));
  FilterGraph second(described("null"));
  Out turned;
  Out out;
  first.push(*frame, note(), turned.collect());
  first.finish(turned.collect());
  ASSERT_EQ(turned.frames.size(), 1U);
  second.push(*turned.frames[0], turned.note, out.collect());
  second.finish(out.collect());
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_EQ(out.frames[0]->width, 48);
  EXPECT_EQ(out.frames[0]->height, 64);
}

TEST(UprightGraph, PictureThatStaysAsCodedIsNotTurned) {
  StreamNote n = note();
  n.has_display_matrix = n.stays_as_coded = true;
  const std::int32_t matrix[9] = {0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30};
  std::copy_n(matrix, 9, n.display_matrix);
  FilterGraph graph(described("null"));
  Out out;
  graph.push(*make_picture(64, 48), n, out.collect());
  graph.finish(out.collect());
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_EQ(out.frames[0]->width, 64);
}

TEST(UprightGraph, NoMatrixAsksForNothing) {
  EXPECT_EQ(media::upright_filters(nullptr), "");
}

}  // namespace
}  // namespace latham::test
