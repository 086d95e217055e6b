// SPDX-License-Identifier: MIT
// Sound and subtitles go beside the pictures, and the summary tells what was copied.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

class OtherStreams : public testing::TestWithParam<const char*> {};

TEST_P(OtherStreams, AreCopiedAsFfmpegCopiesThem) {
  expect_same_as_ffmpeg(
      {.input = clip(GetParam()), .options = words("-c:a copy -c:s copy -c:v mpeg4")});
}
TEST_P(OtherStreams, StayInPlaceWhenPicturesAreFiltered) {
  expect_same_as_ffmpeg(
      {.input = clip(GetParam()), .options = words("-c:a copy -c:s copy -vf hflip -c:v ffv1")});
}
INSTANTIATE_TEST_SUITE_P(Clips, OtherStreams,
                         testing::Values("h264", "mpeg4", "deep", "interlaced", "subtitled"),
                         [](const auto& test) { return std::string(test.param); });

TEST(OtherStreamsInMp4, AreThoseOfFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("h264"),
                         .options = words("-c:a copy -c:s copy -c:v mpeg4"),
                         .extension = "mp4"});
}

// Its timestamps are in milliseconds, so that they are dated anew in samples.
TEST(SoundDecodedByOneThread, IsDatedAsByFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("deep"),
                         .before_input = words("-threads 1"),
                         .options = words("-c:v mpeg4 -c:a pcm_s16le")});
}

TEST(SoundOfSoManyFrames, IsThatOfFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("h264"), .options = words("-vn -c:a flac -frames:a 5")});
}

struct Text {
  const char* name;
  const char* extension;
  const char* codec;
};
class Subtitles : public testing::TestWithParam<Text> {};

TEST_P(Subtitles, AreEncodedAnewAsByFfmpeg) {
  expect_same_as_ffmpeg(
      {.input = clip("subtitled"),
       .options = words("-map 0:v -map 0:s -c:v mpeg4 -c:s") + words(GetParam().codec),
       .extension = GetParam().extension});
}
INSTANTIATE_TEST_SUITE_P(As, Subtitles,
                         testing::Values(Text{"mov_text", "mp4", "mov_text"},
                                         Text{"ass", "mkv", "ass -ss 0.2 -t 0.5"},
                                         Text{"webvtt", "mkv", "webvtt"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SubtitlesOfText, BecomeTheContainersByThemselves) {
  const TempDir folder;
  const std::string to = folder.file("out.mp4");
  const Ended end = run(transcode({"-i", clip("subtitled"), "-c:v", "mpeg4", to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("(subrip) is encoded anew as mov_text"), std::string::npos) << end.err;
  EXPECT_NE(packets(to).find("#codec_id 2: mov_text"), std::string::npos);
}

struct Misfit {
  const char* name;
  const char* clip;
  const char* extension;
  const char* becomes;
};
class SoundThatDoesNotFit : public testing::TestWithParam<Misfit> {};

// Whether FFmpeg knows so by the codec, sees it when it writes the header, or would write what nobody reads.
TEST_P(SoundThatDoesNotFit, BecomesTheContainersByItself) {
  const TempDir folder;
  const std::string to = folder.file(std::string("out.") + GetParam().extension);
  const Ended end = run(transcode({"-i", clip(GetParam().clip), to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("is encoded anew as"), std::string::npos) << end.err;
  EXPECT_NE(packets(to, "0:a").find(std::string("#codec_id 0: ") + GetParam().becomes),
            std::string::npos)
      << packets(to);
}
INSTANTIATE_TEST_SUITE_P(
    In, SoundThatDoesNotFit,
    testing::Values(Misfit{"webm", "h264", "webm", "opus"}, Misfit{"ogv", "h264", "ogv", "vorbis"},
                    Misfit{"mov", "deep", "mov", "aac"}, Misfit{"mpg", "h264", "mpg", "mp2"},
                    Misfit{"ts", "deep", "ts", "mp2"}, Misfit{"ac3", "deep", "ac3", "ac3"},
                    Misfit{"wav", "h264", "wav", "pcm_s16le"}),
    [](const auto& test) { return std::string(test.param.name); });

class SoundThatOptionsShape : public testing::TestWithParam<const char*> {};

TEST_P(SoundThatOptionsShape, IsEncodedAsByFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("h264"),
                         .options = words("-map 0:v -map 0:a -c:v mpeg4") + words(GetParam())});
}
INSTANTIATE_TEST_SUITE_P(Options, SoundThatOptionsShape,
                         testing::Values("-af volume=0.5", "-ar 22050", "-ac 1", "-b:a 48k",
                                         "-q:a 3"));

TEST(SoundThatIsCopied, CannotBeFiltered) {
  const TempDir folder;
  const Ended end = run(
      transcode({"-i", clip("h264"), "-c:a", "copy", "-af", "volume=2", folder.file("out.mkv")}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("filtered and copied"), std::string::npos) << end.err;
}

TEST(SoundThatFitsByStrict, IsCopied) {
  const TempDir folder;
  const std::string to = folder.file("out.mp4");
  const Ended end = run(transcode({"-i", clip("deep"), "-c:v", "mpeg4", "-strict", "-2", to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(packets(to).find("#codec_id 1: flac"), std::string::npos) << packets(to);
}

// Its muxer takes no sound without a picture before it.
TEST(SoundInMxf, IsCopied) {
  const TempDir folder;
  const std::string from = folder.file("from.mov");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=720x576:d=0.2 -f lavfi -i "
                      "sine=d=0.2:sample_rate=48000 -c:v mpeg2video -c:a pcm_s24le") +
                Words{from})
                .code,
            0);
  const std::string to = folder.file("out.mxf");
  const Ended end = run(transcode({"-i", from, to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(packets(to).find("#codec_id 1: pcm_s24le"), std::string::npos) << end.err;
}

/// What ffprobe says of the pictures: codec, and whether it is a cover.
std::string pictures(const std::string& file) {
  return run(words("ffprobe -v error -select_streams v -of csv=p=0 -show_entries "
                   "stream=codec_name:stream_disposition=attached_pic") +
             Words{file})
      .out;
}

class CoverOfSound : public testing::Test {
 protected:
  void SetUp() override {
    const std::string picture = folder_.file("cover.jpg");
    ASSERT_EQ(run(words("ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=64x64 -frames:v 1") +
                  Words{picture})
                  .code,
              0);
    const Ended made =
        run(words("ffmpeg -nostdin -v error -f lavfi -i sine=d=1 -i") + Words{picture} +
            words("-map 0 -map 1 -c:v copy -disposition:v attached_pic") + Words{song_});
    ASSERT_EQ(made.code, 0) << made.err;
  }

  const TempDir folder_;
  const std::string song_ = folder_.file("song.mp3");
};

TEST_F(CoverOfSound, StaysAsItIsWhereTheContainerHasCovers) {
  for (const char* name : {"out.m4a", "out.mp4", "out.mp3", "out.flac"}) {
    const Ended end = run(transcode({"-i", song_, folder_.file(name)}));
    EXPECT_EQ(end.code, 0) << name << ": " << end.err;
    EXPECT_EQ(pictures(folder_.file(name)), "mjpeg,1\n") << name;
  }
}

TEST_F(CoverOfSound, IsAFilmWhereItIsEncodedAsOne) {
  for (const char* name : {"out.mp4", "out.mov"}) {
    const Ended end = run(transcode({"-i", song_, "-c:v", "mpeg4", folder_.file(name)}));
    EXPECT_EQ(end.code, 0) << name << ": " << end.err;
    EXPECT_EQ(pictures(folder_.file(name)), "mpeg4,0\n") << name;
  }
}

TEST(PicturesOfAnotherInput, AreSaidToBeLeftOut) {
  const TempDir folder;
  const Words job = {"-i", clip("mpeg4"), "-i", clip("h264"), "-c:v", "mpeg4"};
  Ended end = run(transcode(job + Words{folder.file("out.mkv")}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("video stream 1:0 (h264) left out"), std::string::npos) << end.err;
  end = run(transcode(job + words("-map 0 -map 1:a") + Words{folder.file("mapped.mkv")}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(end.err.find("left out"), std::string::npos) << end.err;
}

TEST(SubtitlesOfText, AreReadInTheCharactersThatTheUserNames) {
  const TempDir folder;
  const std::string latin = folder.file("latin.srt");
  std::ofstream(latin) << "1\n00:00:00,000 --> 00:00:01,000\ncaf\xe9\n";
  const std::string utf8 = folder.file("utf8.vtt");
  const Ended end =
      run(transcode(words("-sub_charenc CP1252 -i") + Words{latin, "-c:s", "webvtt", utf8}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(read_file(utf8).find("caf\xc3\xa9"), std::string::npos) << read_file(utf8);
}

class SecondSound : public testing::TestWithParam<const char*> {};

TEST_P(SecondSound, IsSaidToBeLeftOutWhereThereIsRoomForOne) {
  const TempDir folder;
  const std::string to = folder.file(std::string("out.") + GetParam());
  const Ended end = run(transcode({"-i", clip("h264"), "-i", clip("deep"), "-vn", to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("left out: '"), std::string::npos) << end.err;
  const std::string in_it = packets(to);
  EXPECT_NE(in_it.find("#codec_id 0"), std::string::npos);
  EXPECT_EQ(in_it.find("#codec_id 1"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(In, SecondSound,
                         testing::Values("mp3", "flac", "aiff", "wav", "au", "caf", "ac3", "tta"));

TEST(SubtitlesThatTheContainerCannotHold, AreLeftOutOfACopyOfAll) {
  const TempDir folder;
  const std::string to = folder.file("out.mp4");
  const Ended end = run(transcode({"-i", clip("subtitled"), "-c", "copy", to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("(subrip) left out"), std::string::npos) << end.err;
  EXPECT_EQ(packets(to).find("#codec_id 2"), std::string::npos);
}

TEST(SubtitlesThatTheContainerCannotHold, AreRefusedWithTheRemedyWhereTheyAreMapped) {
  const TempDir folder;
  const Ended end =
      run(transcode({"-i", clip("subtitled"), "-map", "0", "-c", "copy", folder.file("out.mp4")}));
  EXPECT_EQ(end.code, 2);
  EXPECT_NE(end.err.find("add -map -0:2"), std::string::npos) << end.err;
}

TEST(SubtitlesOfText, CannotBecomePictures) {
  const TempDir folder;
  const Ended end =
      run(transcode({"-i", clip("subtitled"), "-c:s", "dvbsub", folder.file("out.ts")}));
  EXPECT_EQ(end.code, 2) << end.err;
  EXPECT_NE(end.err.find("text cannot become pictures"), std::string::npos) << end.err;
}

/// Of a command that serves for any clip.
struct Spare {
  const char* name;
  const char* options;
  const char* option;
};
class SpareOption : public testing::TestWithParam<Spare> {};

TEST_P(SpareOption, IsSaidToBeOfNoUseWhereTheOutputEncodesNoStreamOfItsKind) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end =
      run(transcode(Words{"-i", clip("h264")} + words(GetParam().options) + Words{to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find(std::string("option '") + GetParam().option + "' is of no use"),
            std::string::npos)
      << end.err;
}
INSTANTIATE_TEST_SUITE_P(
    Of, SpareOption,
    testing::Values(Spare{"sound_left_out", "-an -c:v mpeg4 -c:a aac -b:a 96k", "-b:a"},
                    Spare{"codec_of_sound_left_out", "-an -c:v mpeg4 -c:a libopus -vbr on", "-vbr"},
                    Spare{"pictures_left_out", "-vn -c:v libx264 -crf 20", "-crf"},
                    Spare{"all_copied", "-c copy -crf 20", "-crf"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(OtherStreamsLeftOut, ByAnAndSn) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  ASSERT_EQ(run(transcode({"-i", clip("subtitled"), "-an", "-sn", "-c:v", "mpeg4", to})).code, 0);
  const std::string found = packets(to);
  EXPECT_EQ(found.find("#media_type 1"), std::string::npos) << found;
  EXPECT_NE(found.find("#media_type 0: video"), std::string::npos) << found;
}

// ---- what the summary says of copies
// ---------------------------------------------------------------

struct Copies {
  const char* name;
  const char* options;
  int frames;
};
class FramesCopied : public testing::TestWithParam<Copies> {};

TEST_P(FramesCopied, AreCountedInTheSummary) {
  const TempDir folder;
  const Ended end =
      run(transcode(Words{"-i", clip("h264")} + words(GetParam().options) +
                    words("-an -c:v libx264 -preset ultrafast") + Words{folder.file("out.mkv")}));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(frames_copied(end.err), GetParam().frames) << end.err;
}

INSTANTIATE_TEST_SUITE_P(Of25, FramesCopied,
                         testing::Values(Copies{"none_without_filter", "", 0},
                                         Copies{"none_by_setpts", "-vf setpts=PTS*2", 0},
                                         Copies{"none_by_crop", "-vf crop=160:90:32:16", 0},
                                         Copies{"none_by_null", "-vf null", 0},
                                         Copies{"none_by_hflip", "-vf hflip", 0},
                                         Copies{"none_by_scale", "-vf scale=80:-2", 0},
                                         // It keeps more frames than a consumer may hold.
                                         Copies{"some_by_tmix", "-vf tmix=8", 19},
                                         Copies{"all_by_pipe", "--transport pipe", 25}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace latham::test
