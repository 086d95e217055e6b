// SPDX-License-Identifier: MIT
#include "viewer/subtitles.h"

#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

constexpr Size kFilm{640, 360};
constexpr std::int64_t kSecond = 1'000'000;

media::StreamTable table_of(std::initializer_list<AVMediaType> kinds) {
  media::StreamTable table;
  for (const AVMediaType kind : kinds) {
    media::StreamEntry stream;
    stream.index = static_cast<int>(table.streams.size());
    stream.parameters.reset(avcodec_parameters_alloc());
    stream.parameters->codec_type = kind;
    stream.parameters->codec_id =
        kind == AVMEDIA_TYPE_SUBTITLE ? AV_CODEC_ID_HDMV_PGS_SUBTITLE : AV_CODEC_ID_AAC;
    stream.tags = {{"language", "eng"}};
    table.streams.push_back(std::move(stream));
  }
  return table;
}

/// A picture of 8 by 4 at that height of the canvas.
media::SubtitleEvent picture(std::int64_t start_us, int y, Size canvas = kFilm) {
  media::SubtitlePicture p{
      5, y, 8, 4, 256, std::vector<std::uint32_t>(256), std::vector<std::byte>(32)};
  p.palette[0] = 0xFFFFFFFF;
  return {1, start_us, media::kNoEnd, canvas.width, canvas.height, {}, {p}};
}

struct PictureSubtitles : testing::Test {
  void feed(std::vector<SubtitleNews> news) { EXPECT_EQ(subtitles.feed(std::move(news)), ""); }
  std::optional<std::vector<Patch>> at(std::int64_t time_us) {
    return subtitles.at(time_us, kFilm, kFilm);
  }
  media::StreamTable table = table_of({AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_SUBTITLE});
  Subtitles subtitles{table};
};

TEST_F(PictureSubtitles, ComeReplaceEachOtherAndGo) {
  media::SubtitleEvent clear{1, 3 * kSecond, media::kNoEnd, 640, 360, {}, {}};
  feed({media::SubtitleTrack{1, ""}, picture(1 * kSecond, 10), picture(2 * kSecond, 20), clear});
  EXPECT_EQ(at(0)->size(), 0U);
  EXPECT_FALSE(at(kSecond / 2).has_value()) << "nothing new";
  EXPECT_EQ(at(1 * kSecond)->at(0).at, (Point{5, 10}));
  EXPECT_FALSE(at(2 * kSecond - 1).has_value());
  EXPECT_EQ(at(2 * kSecond)->at(0).at, (Point{5, 20}));
  EXPECT_EQ(at(3 * kSecond)->size(), 0U);
}

TEST_F(PictureSubtitles, EndWhenTheySaySo) {
  media::SubtitleEvent short_one = picture(kSecond, 10);
  short_one.end_us = 2 * kSecond;
  feed({media::SubtitleTrack{1, ""}, short_one});
  EXPECT_EQ(at(kSecond)->size(), 1U);
  EXPECT_EQ(at(2 * kSecond)->size(), 0U);
}

TEST_F(PictureSubtitles, HideAndShowAgain) {
  feed({media::SubtitleTrack{1, ""}, picture(0, 10)});
  EXPECT_EQ(at(0)->size(), 1U);
  EXPECT_EQ(subtitles.toggle_shown(), "subtitles hidden");
  EXPECT_EQ(at(1)->size(), 0U);
  EXPECT_EQ(subtitles.toggle_shown(), "subtitles shown");
  EXPECT_EQ(at(2)->size(), 1U);
}

TEST_F(PictureSubtitles, ASeekForgetsThem) {
  feed({media::SubtitleTrack{1, ""}, picture(0, 10)});
  EXPECT_EQ(at(0)->size(), 1U);
  feed({media::SubtitleTrack{1, ""}});
  EXPECT_EQ(at(0)->size(), 0U);
}

TEST_F(PictureSubtitles, MadeForAFilmWithItsBlackBarsStayInside) {
  feed({media::SubtitleTrack{1, ""}, picture(0, 400, {640, 480}), picture(1, 470, {640, 480})});
  EXPECT_EQ(at(0)->at(0).at, (Point{5, 340}));  // 60 rows were cut off above
  EXPECT_EQ(at(1)->at(0).at, (Point{5, 356}));
  EXPECT_EQ(at(1).has_value(), false);
}

TEST_F(PictureSubtitles, WithoutACanvasLieInTheFilm) {
  feed({media::SubtitleTrack{1, ""}, picture(0, 10, {})});
  EXPECT_EQ(at(0)->at(0).canvas, kFilm);
}

TEST_F(PictureSubtitles, TracksGoRoundWithNoneBetween) {
  std::string remark;
  feed({media::SubtitleTrack{}});
  EXPECT_TRUE(subtitles.choose_next(remark));
  EXPECT_EQ(subtitles.wanted(), 1);
  EXPECT_EQ(remark, "subtitles: stream 1, hdmv_pgs_subtitle, eng");
  EXPECT_TRUE(subtitles.choose_next(remark));
  EXPECT_EQ(subtitles.wanted(), -1);
  EXPECT_TRUE(subtitles.choose_next(remark));
  EXPECT_EQ(subtitles.wanted(), 1);
}

TEST(Subtitles, OfAFilmWithoutAreNotChosen) {
  const media::StreamTable table = table_of({AVMEDIA_TYPE_AUDIO});
  Subtitles subtitles(table);
  std::string remark;
  EXPECT_FALSE(subtitles.choose_next(remark));
  EXPECT_EQ(remark, "no subtitles");
  EXPECT_EQ(subtitles.text(), "");
}

TEST(Subtitles, TheSameLineTwiceIsDrawnOnce) {
  const media::StreamTable table = table_of({AVMEDIA_TYPE_SUBTITLE});
  Subtitles subtitles(table);
  const media::SubtitleTrack track{0,
                                   "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
                                   "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\n"
                                   "Style: Default,sans-serif,40,&H00FFFFFF,2\n"};
  const media::SubtitleEvent line{0, 0, kSecond, 0, 0, {"0,0,Default,,0,0,0,,One"}, {}};
  media::SubtitleEvent again = line;
  again.lines = {"7,0,Default,,0,0,0,,One"};  // numbered anew, as after a seek
  EXPECT_EQ(subtitles.feed({track, line}), "");
  const auto once = subtitles.at(0, kFilm, kFilm);
  EXPECT_EQ(subtitles.feed({track, again}), "");
  const auto twice = subtitles.at(0, kFilm, kFilm);
  ASSERT_TRUE(once && twice);
  ASSERT_EQ(once->size(), 1U);
  ASSERT_EQ(twice->size(), 1U);
  EXPECT_EQ(once->at(0).picture.size, twice->at(0).picture.size);
  EXPECT_EQ(once->at(0).at, twice->at(0).at);
}

}  // namespace
}  // namespace latham::viewer
