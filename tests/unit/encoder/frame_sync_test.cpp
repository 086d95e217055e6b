// SPDX-License-Identifier: MIT
// The decisions of ffmpeg 5.1 for frames of one tick, worked out by hand from its arithmetic.
#include "encoder/frame_sync.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace latham::test {
namespace {

using encoder::fps_mode;
using encoder::FpsMode;
using encoder::FrameSync;

constexpr AVRational kTick{1, 25};

/// Runs frames at these times through, and encodes what is asked for.
struct Played {
  std::vector<std::int64_t> frames;    ///< Encoded for each frame.
  std::vector<std::int64_t> previous;  ///< How many of them showed the frame before.
  std::vector<std::int64_t> pts;       ///< Of everything encoded.
  std::int64_t repeated = 0;
  std::int64_t dropped = 0;
};

void encode(FrameSync& sync, const FrameSync::Decision& d, Played& out) {
  out.frames.push_back(d.frames);
  out.previous.push_back(d.previous);
  for (std::int64_t i = 0; i < d.frames; ++i) {
    out.pts.push_back(sync.next_pts());
    sync.encoded();
  }
}

Played play(FpsMode mode, const std::vector<double>& times, std::int64_t most = INT64_MAX,
            bool ended = false) {
  FrameSync sync(mode, kTick, most);
  Played out;
  for (const double time : times) encode(sync, sync.next(time, 1), out);
  if (ended) encode(sync, sync.next(std::nullopt, 0), out);
  out.repeated = sync.repeated();
  out.dropped = sync.dropped();
  return out;
}

using Counts = std::vector<std::int64_t>;

TEST(FrameSyncCfr, SteadyFramesAreEncodedOnce) {
  const Played p = play(FpsMode::cfr, {0, 1, 2, 3});
  EXPECT_EQ(p.frames, (Counts{1, 1, 1, 1}));
  EXPECT_EQ(p.pts, (Counts{0, 1, 2, 3}));
  EXPECT_EQ(p.repeated, 0);
  EXPECT_EQ(p.dropped, 0);
}

TEST(FrameSyncCfr, GapIsFilledHalfWithTheFrameBefore) {
  // At 5, where 2 was due: 4 frames to 6, of which round(3 - 0.6) show the frame before.
  const Played p = play(FpsMode::cfr, {0, 1, 5, 6});
  EXPECT_EQ(p.frames, (Counts{1, 1, 4, 1}));
  EXPECT_EQ(p.previous, (Counts{0, 0, 2, 0}));
  EXPECT_EQ(p.pts, (Counts{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(p.repeated, 3);
}

TEST(FrameSyncCfr, FramesTooCloseAreDropped) {
  // Five in the time of one: dropped as soon as the end lies more than 1.1 ticks back.
  const Played p = play(FpsMode::cfr, {0, 0.2, 0.4, 0.6, 0.8, 1});
  EXPECT_EQ(p.frames, (Counts{1, 1, 1, 0, 0, 1}));
  EXPECT_EQ(p.dropped, 2);
}

TEST(FrameSyncCfr, JitterBelowATickChangesNothing) {
  const Played p = play(FpsMode::cfr, {0, 1.05, 1.96, 3.04, 3.99});
  EXPECT_EQ(p.frames, (Counts{1, 1, 1, 1, 1}));
}

TEST(FrameSyncCfr, LateStartIsFilled) {
  const Played p = play(FpsMode::cfr, {5});
  EXPECT_EQ(p.frames, (Counts{6}));
  EXPECT_EQ(p.pts.front(), 0);
}

TEST(FrameSyncVscfr, LateStartIsKept) {
  const Played p = play(FpsMode::vscfr, {5, 6, 9});
  EXPECT_EQ(p.frames, (Counts{1, 1, 3}));
  EXPECT_EQ(p.pts, (Counts{5, 6, 7, 8, 9}));
}

TEST(FrameSyncVfr, TimesAreKept) {
  const Played p = play(FpsMode::vfr, {0, 1, 5, 30});
  EXPECT_EQ(p.frames, (Counts{1, 1, 1, 1}));
  EXPECT_EQ(p.pts, (Counts{0, 1, 5, 30}));
}

TEST(FrameSyncVfr, FrameAtATakenTimeIsDropped) {
  const Played p = play(FpsMode::vfr, {0, 1, 0.2, 2});
  EXPECT_EQ(p.frames, (Counts{1, 1, 0, 1}));
  EXPECT_EQ(p.dropped, 1);
}

TEST(FrameSyncPassthrough, EveryTimeIsTakenAsItIs) {
  const Played p = play(FpsMode::passthrough, {7, 3, 3.4, 100});
  EXPECT_EQ(p.frames, (Counts{1, 1, 1, 1}));
  EXPECT_EQ(p.pts, (Counts{7, 3, 3, 100}));
}

TEST(FrameSyncEnd, OwesTheMedianOfTheLastRepetitions) {
  EXPECT_EQ(play(FpsMode::cfr, {0, 1, 2}, INT64_MAX, true).frames, (Counts{1, 1, 1, 0}));
  // Every frame four ticks after the one before: two of the frame before each time.
  const Played p = play(FpsMode::cfr, {0, 4, 8, 12}, INT64_MAX, true);
  EXPECT_EQ(p.previous.back(), 2);
  EXPECT_EQ(p.frames.back(), 2);
}

TEST(FrameSyncLimit, StopsWithinRepetitions) {
  FrameSync sync(FpsMode::cfr, kTick, 3);
  Played out;
  encode(sync, sync.next(0, 1), out);
  EXPECT_FALSE(sync.full());
  encode(sync, sync.next(10, 1), out);
  EXPECT_TRUE(sync.full());
  EXPECT_EQ(out.frames, (Counts{1, 2}));
  EXPECT_EQ(sync.next(11, 1).frames, 0);
}

TEST(FrameSyncNonsense, BrokenTimestampIsNoPauseOfDays) {
  const Played p = play(FpsMode::cfr, {0, 1, 1e9});
  EXPECT_EQ(p.frames.back(), 0);
  EXPECT_EQ(p.dropped, 1);
}

TEST(FrameSyncExact, IsFinerThanATickAndNeverInTheMiddle) {
  const FrameSync sync(FpsMode::cfr, kTick, INT64_MAX);
  const double half = sync.exact(1, {1, 50});
  EXPECT_NEAR(half, 0.5, 1e-4);
  EXPECT_GT(half, 0.5);
  EXPECT_LT(sync.exact(-1, {1, 50}), -0.5);
  EXPECT_EQ(sync.exact(0, {1, 90000}), 0.0);
  EXPECT_NEAR(sync.exact(90000, {1, 90000}), 25.0, 1e-4);
}

// ---- -fps_mode
// -------------------------------------------------------------------------------------

const AVOutputFormat& format(const char* name) {
  return *av_guess_format(name, nullptr, nullptr);
}

TEST(FpsModeWord, IsFfmpegs) {
  for (const auto& [word, mode] :
       std::vector<std::pair<std::string, FpsMode>>{{"passthrough", FpsMode::passthrough},
                                                    {"0", FpsMode::passthrough},
                                                    {"cfr", FpsMode::cfr},
                                                    {"1", FpsMode::cfr},
                                                    {"vfr", FpsMode::vfr},
                                                    {"2", FpsMode::vfr},
                                                    {"drop", FpsMode::drop}})
    EXPECT_EQ(fps_mode(word, format("mp4"), true), mode) << word;
  EXPECT_EQ(fps_mode("vrf", format("mp4"), true), std::nullopt);
}

TEST(FpsModeAuto, FollowsTheContainer) {
  for (const char* word : {"", "auto", "-1"}) {
    EXPECT_EQ(fps_mode(word, format("matroska"), true), FpsMode::vfr);
    EXPECT_EQ(fps_mode(word, format("mpegts"), false), FpsMode::vfr);
    EXPECT_EQ(fps_mode(word, format("avi"), false), FpsMode::vfr);
    EXPECT_EQ(fps_mode(word, format("h264"), true), FpsMode::vscfr);
    EXPECT_EQ(fps_mode(word, format("h264"), false), FpsMode::cfr);
  }
}

}  // namespace
}  // namespace latham::test
