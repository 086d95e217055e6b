// SPDX-License-Identifier: MIT
#include "decoder/kept_frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace latham::test {
namespace {

/// How many of ten frames are still referenced after the last.
int frames_held(const std::string& graph) {
  decoder::KeptFrames kept(graph);
  std::vector<media::Frame> frames;
  for (int i = 0; i < 10; ++i) {
    media::Frame& frame = frames.emplace_back(media::make_frame());
    frame->format = AV_PIX_FMT_GRAY8;
    frame->width = frame->height = 16;
    frame->pts = i;
    EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
    kept.push(*frame, {1, 25});
  }
  int held = 0;
  for (const media::Frame& frame : frames) held += av_frame_is_writable(frame.get()) == 0 ? 1 : 0;
  return held;
}

TEST(KeptFrames, AreTheOneThatTheEncoderRepeatsWherePicturesArePassedOn) {
  for (const char* graph : {"", "null", "vflip", "crop=2:2,vflip", "setsar=1, setpts=2*PTS"})
    EXPECT_EQ(frames_held(graph), 1) << graph;
}

TEST(KeptFrames, AreNoneBehindAFilterThatWritesNewOnes) {
  for (const char* graph : {"hflip", "scale=2:2", "vflip,hflip", "crop=2:2,scale@a=4:4,yadif"})
    EXPECT_EQ(frames_held(graph), 0) << graph;
}

TEST(KeptFrames, AreThoseOfTheFirstFilterThatHoldsSome) {
  for (const char* graph : {"yadif", "vflip,yadif=1", "null,bwdif,scale=2:2"})
    EXPECT_EQ(frames_held(graph), 3) << graph;
}

}  // namespace
}  // namespace latham::test
