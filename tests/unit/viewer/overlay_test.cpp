// SPDX-License-Identifier: MIT
#include "viewer/overlay.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

media::Frame frame_of(AVPixelFormat format, int width, int height) {
  media::Frame frame = media::make_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  frame->pts = 3003;
  frame->pict_type = AV_PICTURE_TYPE_B;
  return frame;
}

using Lines = std::vector<std::string>;

TEST(Overlay, SaysAllThatIsKnownOfAPicture) {
  const media::Frame frame = frame_of(AV_PIX_FMT_YUV420P10LE, 720, 576);
  frame->sample_aspect_ratio = {16, 15};
  frame->colorspace = AVCOL_SPC_BT2020_NCL;
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->color_primaries = AVCOL_PRI_BT2020;
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  ShownFacts facts;
  facts.number = 75;
  facts.shown = 60;
  facts.skipped = 15;
  facts.seconds = 63.5;
  facts.fps_in = 25;
  facts.fps_out = 20.04;
  facts.renderer = "opengl";
  EXPECT_EQ(
      picture_lines(*frame, facts),
      (Lines{"time     1:03.500  pts 3003", "format   720x576 yuv420p10le  SAR 16:15",
             "colour   bt2020nc tv primaries bt2020 transfer smpte2084",
             "light    up to 1000 cd/m2", "frames   frame 75, type B  in 25.0 fps  shown 20.0 fps",
             "viewer   60 shown, 15 skipped, opengl"}));
}

TEST(Overlay, MarksWhatIsGuessed) {
  const media::Frame frame = frame_of(AV_PIX_FMT_YUV420P, 640, 360);
  const Lines lines = picture_lines(*frame, {});
  EXPECT_EQ(lines.at(0), "format   640x360 yuv420p  SAR 1:1?");
  EXPECT_EQ(lines.at(1), "colour   smpte170m? tv?");
}

TEST(Overlay, SoundSaysHowFarItIsFromThePicture) {
  EXPECT_EQ(sound_line({}), "sound    no device");
  SoundFacts silent;
  silent.has_device = true;
  EXPECT_EQ(sound_line(silent), "sound    none");
  EXPECT_EQ(sound_line({true, 2, 0.5, true, 2, -12.4}),
            "sound    stream 2, 50 %, mute, speed 2.00, A/V -12 ms");
}

TEST(Overlay, JobSaysLoadAndWhatWaitsBetweenItsStages) {
  control::Message facts;
  facts.fields = {{"state", "running"},
                  {"fps", "61.9"},
                  {"load", "decoder:87,encoder:99"},
                  {"queued", "decoder:3"}};
  EXPECT_EQ(job_lines(facts), (Lines{"job      running  61.9 fps",
                                     "load     decoder 87 %  encoder 99 %", "queued   decoder 3"}));
  EXPECT_TRUE(job_lines({}).empty());
}

TEST(Overlay, JobSaysHowFarApartSoundAndPicturesBegin) {
  const auto line = [](const char* offset_us) {
    control::Message facts;
    facts.fields = {{"sound_offset_us", offset_us}};
    return job_lines(facts).at(0);
  };
  EXPECT_EQ(line("299900"), "A/V      sound begins 300 ms after the pictures");
  EXPECT_EQ(line("-21333"), "A/V      sound begins 21 ms before the pictures");
  EXPECT_EQ(line("400"), "A/V      sound begins with the pictures");
}

}  // namespace
}  // namespace latham::viewer
