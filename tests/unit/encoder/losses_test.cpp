// SPDX-License-Identifier: MIT
#include "encoder/losses.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace latham::test {
namespace {

media::Frame frame_with(std::initializer_list<AVFrameSideDataType> types) {
  media::Frame frame = media::make_frame();
  for (const AVFrameSideDataType type : types)
    media::checked(av_frame_new_side_data(frame.get(), type, 16));
  return frame;
}

encoder::Losses between(const char* codec, const char* container) {
  const AVCodec* found = avcodec_find_encoder_by_name(codec);
  const AVOutputFormat* format = av_guess_format(container, nullptr, nullptr);
  if (found == nullptr || format == nullptr)
    throw std::runtime_error("FFmpeg without " + std::string(codec));
  return {*found, *format};
}

std::vector<std::string> lost(AVFrameSideDataType type, const char* codec, const char* container) {
  return between(codec, container).of(*frame_with({type}));
}

TEST(Losses, CaptionsAreLostWhereTheEncoderHasNoPlaceForThem) {
  const auto found = lost(AV_FRAME_DATA_A53_CC, "ffv1", "matroska");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("closed captions"), std::string::npos) << found[0];
  EXPECT_NE(found[0].find("'ffv1'"), std::string::npos) << found[0];
  EXPECT_TRUE(lost(AV_FRAME_DATA_A53_CC, "mpeg2video", "mpegts").empty());
}

TEST(Losses, StaticHdrIsKeptByEncoderOrContainer) {
  for (const auto type :
       {AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL}) {
    EXPECT_TRUE(lost(type, "ffv1", "matroska").empty());
    EXPECT_TRUE(lost(type, "mpeg4", "mp4").empty());
    EXPECT_EQ(lost(type, "ffv1", "avi").size(), 1U);
  }
}

TEST(Losses, EachKindIsNamedOnce) {
  encoder::Losses losses = between("mpeg4", "avi");
  const media::Frame frame = frame_with(
      {AV_FRAME_DATA_DOVI_METADATA, AV_FRAME_DATA_DOVI_RPU_BUFFER, AV_FRAME_DATA_A53_CC});
  EXPECT_EQ(losses.of(*frame).size(), 2U) << "Dolby Vision comes in two parts";
  EXPECT_TRUE(losses.of(*frame).empty());
  EXPECT_EQ(losses.of(*frame_with({AV_FRAME_DATA_DYNAMIC_HDR_PLUS})).size(), 1U);
}

TEST(Losses, WhatWasAppliedOrMeansNothingElsewhereIsNotNamed) {
  encoder::Losses losses = between("mpeg4", "avi");
  EXPECT_TRUE(losses
                  .of(*frame_with({AV_FRAME_DATA_DISPLAYMATRIX, AV_FRAME_DATA_SEI_UNREGISTERED,
                                   AV_FRAME_DATA_PANSCAN, AV_FRAME_DATA_MOTION_VECTORS}))
                  .empty());
}

TEST(Losses, NothingIsLostWhereNothingIsWritten) {
  EXPECT_TRUE(lost(AV_FRAME_DATA_A53_CC, "wrapped_avframe", "null").empty());
}

}  // namespace
}  // namespace latham::test
