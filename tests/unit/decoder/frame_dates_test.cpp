// SPDX-License-Identifier: MIT
#include "decoder/frame_dates.h"

#include <gtest/gtest.h>

#include <vector>

namespace latham::test {
namespace {

using decoder::FrameDates;

struct Given {
  std::int64_t pts;
  std::int64_t duration;
};

struct Dated {
  std::vector<std::int64_t> pts;
  std::int64_t end_us = 0;
};

/// Frames of a stream with 1/100 s ticks; the codec says 25 a second.
Dated dated(const std::vector<Given>& frames, bool untimed = false) {
  AVStream stream{};
  stream.time_base = {1, 100};
  media::CodecContext codec(avcodec_alloc_context3(nullptr));
  codec->framerate = {25, 1};
  FrameDates dates(stream, untimed);
  Dated out;
  for (const Given& given : frames) {
    media::Frame frame = media::make_frame();
    frame->best_effort_timestamp = given.pts;
    media::set_frame_duration(*frame, given.duration);
    dates.date(*frame, *codec);
    out.pts.push_back(frame->pts);
  }
  out.end_us = dates.end_us();
  return out;
}

constexpr std::int64_t kNone = AV_NOPTS_VALUE;
using Pts = std::vector<std::int64_t>;

TEST(FrameDates, OwnTimestampsAreKept) {
  const Dated d = dated({{10, 4}, {14, 4}, {30, 5}});
  EXPECT_EQ(d.pts, (Pts{10, 14, 30}));
  EXPECT_EQ(d.end_us, 350'000);
}

TEST(FrameDates, MissingOnesFollowFromTheDurationBefore) {
  EXPECT_EQ(dated({{kNone, 3}, {kNone, 3}, {20, 7}, {kNone, 3}}).pts, (Pts{0, 3, 20, 27}));
}

TEST(FrameDates, DurationOfOneTickIsAGuessWhereFramesAreFurtherApart) {
  EXPECT_EQ(dated({{0, 1}, {10, 1}, {kNone, 1}}).pts, (Pts{0, 10, 20}));
  EXPECT_EQ(dated({{0, 1}, {2, 1}, {kNone, 1}}).pts, (Pts{0, 2, 3}));
}

TEST(FrameDates, RateOfTheCodecCountsWhereTheContainerHasNoTimestamps) {
  EXPECT_EQ(dated({{kNone, 9}, {kNone, 9}, {kNone, 9}}, true).pts, (Pts{0, 4, 8}));
  media::Packet packet = media::make_packet();
  packet->pts = packet->dts = 7;
  AVStream stream{};
  FrameDates(stream, true).prepare(*packet);
  EXPECT_EQ(packet->pts, kNone);
}

TEST(FrameDates, WithoutAFrameThereIsNoEnd) {
  EXPECT_EQ(dated({}).end_us, kNone);
}

}  // namespace
}  // namespace latham::test
