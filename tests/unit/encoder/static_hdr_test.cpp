// SPDX-License-Identifier: MIT
#include "encoder/static_hdr.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace latham::test {
namespace {

using encoder::StaticHdr;

/// P3 with each coordinate its own number, 1000 and 0.005 cd/m2.
AVMasteringDisplayMetadata p3_display() {
  AVMasteringDisplayMetadata d{};
  const int xy[3][2] = {{34000, 16000}, {13250, 34500}, {7500, 3000}};
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 2; ++k) d.display_primaries[i][k] = {xy[i][k], 50000};
  d.white_point[0] = {15635, 50000};
  d.white_point[1] = {16450, 50000};
  d.max_luminance = {1000, 1};
  d.min_luminance = {50, 10000};
  d.has_primaries = d.has_luminance = 1;
  return d;
}

AVContentLightMetadata light(unsigned most, unsigned average) {
  AVContentLightMetadata l{};
  l.MaxCLL = most;
  l.MaxFALL = average;
  return l;
}

media::Frame frame_with(const AVMasteringDisplayMetadata& display,
                        AVColorTransferCharacteristic transfer) {
  media::Frame frame = media::make_frame();
  frame->color_trc = transfer;
  AVFrameSideData* sd = media::checked(av_frame_new_side_data(
      frame.get(), AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, sizeof(display)));
  std::memcpy(sd->data, &display, sizeof(display));
  return frame;
}

media::StreamEntry stream_with(const AVContentLightMetadata& l) {
  media::StreamEntry source;
  const auto* bytes = reinterpret_cast<const std::byte*>(&l);
  source.side_data.push_back({AV_PKT_DATA_CONTENT_LIGHT_LEVEL, {bytes, bytes + sizeof(l)}});
  return source;
}

AVCodec codec_named(const char* name) {
  AVCodec codec{};
  codec.name = name;
  return codec;
}

std::string handed(const StaticHdr& hdr, const char* codec, const char* option,
                   const char* given = "") {
  media::Dictionary options;
  if (*given != '\0') options.set(option, given);
  encoder::hand_to_encoder(hdr, codec_named(codec), options);
  const AVDictionaryEntry* e = av_dict_get(options.raw, option, nullptr, 0);
  return e == nullptr ? "" : e->value;
}

TEST(StaticHdr, ComesFromTheFrameElseFromTheStream) {
  const media::Frame frame = frame_with(p3_display(), AVCOL_TRC_SMPTE2084);
  const StaticHdr hdr = encoder::static_hdr(*frame, stream_with(light(1000, 400)));
  ASSERT_TRUE(hdr.display && hdr.light);
  EXPECT_EQ(hdr.display->display_primaries[1][1].num, 34500);
  EXPECT_EQ(hdr.light->MaxFALL, 400U);
}

TEST(StaticHdr, IsNotThatOfAPictureThatBecameOrdinary) {
  const media::Frame frame = frame_with(p3_display(), AVCOL_TRC_BT709);
  const StaticHdr hdr = encoder::static_hdr(*frame, stream_with(light(1000, 400)));
  EXPECT_FALSE(hdr.display || hdr.light);
}

TEST(StaticHdr, WithImpossibleNumbersIsNotTaken) {
  AVMasteringDisplayMetadata display = p3_display();
  display.white_point[0].den = 0;
  const media::Frame frame = frame_with(display, AVCOL_TRC_SMPTE2084);
  EXPECT_FALSE(encoder::static_hdr(*frame, {}).display);
}

TEST(StaticHdr, GoesToEachEncoderInItsOwnSpelling) {
  if (media::kEncodersTakeStaticHdr) GTEST_SKIP() << "this FFmpeg's encoders take it by themselves";
  const StaticHdr hdr{p3_display(), light(1000, 400)};
  const std::string whole = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)";
  EXPECT_EQ(handed(hdr, "libx265", "x265-params"), "master-display=" + whole + ":max-cll=1000,400");
  EXPECT_EQ(handed(hdr, "libx264", "x264-params"), "mastering-display=" + whole + ":cll=1000,400");
  EXPECT_EQ(handed(hdr, "libsvtav1", "svtav1-params"),
            "mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005)"
            ":content-light=1000,400");
  EXPECT_EQ(handed(hdr, "ffv1", "x265-params"), "");
}

TEST(StaticHdr, StandsBackBehindWhatTheUserGave) {
  if (media::kEncodersTakeStaticHdr) GTEST_SKIP() << "this FFmpeg's encoders take it by themselves";
  const StaticHdr hdr{std::nullopt, light(1000, 400)};
  EXPECT_EQ(handed(hdr, "libx265", "x265-params", "max-cll=2,1:aq-mode=1"),
            "max-cll=2,1:aq-mode=1");
  EXPECT_EQ(handed(hdr, "libx265", "x265-params", "aq-mode=1"), "aq-mode=1:max-cll=1000,400");
  EXPECT_EQ(handed(hdr, "libx264", "x264-params", "no-cll=1"), "no-cll=1:cll=1000,400");
}

}  // namespace
}  // namespace latham::test
