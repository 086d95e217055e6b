// SPDX-License-Identifier: MIT
#include "media/subtitles.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <tuple>

namespace latham::test {
namespace {

using Bytes = std::vector<std::byte>;

TEST(SubtitleMessages, TrackIsReadAsItWasWritten) {
  Bytes bytes;
  media::write_subtitle_track({3, "[Script Info]\n"}, bytes);
  const media::SubtitleTrack track = media::read_subtitle_track(bytes);
  EXPECT_EQ(track.stream, 3);
  EXPECT_EQ(track.header, "[Script Info]\n");
  EXPECT_THROW((void)media::read_subtitle(bytes), std::runtime_error);
}

TEST(SubtitleMessages, LinesAreReadAsTheyWereWritten) {
  Bytes bytes;
  media::write_subtitle({2, -5, 7, 0, 0, {"0,0,Default,,0,0,0,,One", "two"}, {}}, bytes);
  const media::SubtitleEvent event = media::read_subtitle(bytes);
  EXPECT_EQ(event.stream, 2);
  EXPECT_EQ(event.start_us, -5);
  EXPECT_EQ(event.end_us, 7);
  EXPECT_EQ(event.lines, (std::vector<std::string>{"0,0,Default,,0,0,0,,One", "two"}));
  EXPECT_TRUE(event.pictures.empty());
}

media::SubtitleEvent with_picture(int width, int height, std::size_t pixels) {
  return {0,
          1,
          media::kNoEnd,
          1920,
          1080,
          {},
          {{10, -20, width, height, 1, {0x80FF0000}, Bytes(pixels)}}};
}

TEST(SubtitleMessages, PicturesAreReadWithAColourForEveryValue) {
  Bytes bytes;
  media::write_subtitle(with_picture(3, 2, 6), bytes);
  const media::SubtitleEvent event = media::read_subtitle(bytes);
  EXPECT_EQ(event.end_us, media::kNoEnd);
  EXPECT_EQ(event.canvas_width, 1920);
  ASSERT_EQ(event.pictures.size(), 1U);
  EXPECT_EQ(event.pictures[0].y, -20);
  EXPECT_EQ(event.pictures[0].pixels.size(), 6U);
  EXPECT_EQ(event.pictures[0].colours, 1);
  ASSERT_EQ(event.pictures[0].palette.size(), 256U);
  EXPECT_EQ(event.pictures[0].palette[0], 0x80FF0000U);
}

TEST(SubtitleMessages, PicturesThatMakeNoSenseAreRefused) {
  Bytes bytes;
  for (const auto& [width, height, pixels] :
       {std::tuple{3, 2, 5}, {3, 2, 7}, {0, 2, 0}, {-1, -1, 1}, {1 << 20, 1, 1 << 20}}) {
    media::write_subtitle(with_picture(width, height, static_cast<std::size_t>(pixels)), bytes);
    EXPECT_THROW((void)media::read_subtitle(bytes), std::runtime_error) << width << 'x' << height;
  }
}

TEST(SubtitleMessages, CutAnywhereIsRefused) {
  Bytes bytes;
  media::write_subtitle(with_picture(3, 2, 6), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW((void)media::read_subtitle(std::span(bytes).first(size)), std::runtime_error);
}

}  // namespace
}  // namespace latham::test
