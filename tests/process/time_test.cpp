// SPDX-License-Identifier: MIT
// -ss, -t, -to and their like against the ffmpeg command: the same packets of every stream.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

struct Cut {
  const char* name;
  const char* before_input;
  const char* options;
};

void PrintTo(const Cut& cut, std::ostream* out) {
  *out << cut.before_input << " -i ... " << cut.options;
}

class SameCut : public testing::TestWithParam<std::tuple<std::string, Cut>> {};

TEST_P(SameCut, AsFfmpeg) {
  const auto& [name, cut] = GetParam();
  expect_same_as_ffmpeg({.input = clip(name),
                         .before_input = words(cut.before_input),
                         .options = words(cut.options) + words("-c:v mpeg4")});
}

constexpr Cut kCuts[] = {
    {"input_start", "-ss 0.3", "-c:a pcm_s16le"},
    {"input_window", "-ss 0.3 -t 0.4", "-c:a flac"},
    {"input_end", "-to 00:00:00.5", "-c:a copy"},
    {"output_start", "", "-c:a flac -ss 300ms"},
    {"output_window", "", "-c:a copy -ss 0.3 -to 0.7"},
    {"both", "-ss 0.2 -t 0.7", "-vf fps=10 -c:a aac -ss 0.1 -t 0.4"},
    {"shifted", "-itsoffset 0.25", "-c:a aac -t 0.8"},
    {"timestamps_kept", "-ss 0.3 -copyts", "-c:a copy"},
    {"rate_of_the_input", "-r 20", "-c:a copy"},
    {"read_at_a_pace", "-readrate 8", "-c:a copy"},
    {"encoder_ticks", "", "-an -enc_time_base 1/1000 -t 0.5"},
};

INSTANTIATE_TEST_SUITE_P(
    Every, SameCut, testing::Combine(testing::Values("h264", "mpeg4"), testing::ValuesIn(kCuts)),
    [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param).name; });

class SameSound : public testing::TestWithParam<Cut> {};

TEST_P(SameSound, AsFfmpeg) {
  expect_same_as_ffmpeg({.input = clip("h264"),
                         .options = words("-c:v mpeg4") + words(GetParam().options),
                         .extension = GetParam().before_input});
}

// Here the second field is the output's type.
INSTANTIATE_TEST_SUITE_P(
    Every, SameSound,
    testing::Values(Cut{"filtered", "mkv", "-af volume=0.5,atempo=1.25 -c:a aac"},
                    Cut{"resampled", "mp4", "-ar 22050 -ac 2 -c:a aac -b:a 96k"},
                    Cut{"quality", "mkv", "-c:a libvorbis -q:a 4"},
                    Cut{"opus", "mkv", "-c:a libopus"},
                    Cut{"sample_format", "mkv", "-c:a pcm_s16le -sample_fmt s16"},
                    Cut{"layout", "mkv", "-c:a ac3 -channel_layout 5.1"}),
    [](const auto& test) { return std::string(test.param.name); });

class LimitedStreams : public testing::TestWithParam<std::tuple<std::string, Cut>> {};

TEST_P(LimitedStreams, EndAllStreamsAsFfmpegDoes) {
  const auto& [name, limit] = GetParam();
  expect_same_as_ffmpeg({.input = clip(name), .options = words(limit.options)});
}

// Sound lies ahead of the pictures that have yet to be decoded, filtered and encoded.
constexpr Cut kLimits[] = {
    {"copied_sound", "", "-frames:v 9 -c:v mpeg4 -c:a copy"},
    {"encoded_sound", "", "-frames:v 9 -c:v mpeg4 -c:a aac"},
    {"fewer_pictures", "", "-frames:v 3 -vf fps=5 -c:v mpeg4 -c:a flac"},
    {"all_copied", "", "-frames:v 9 -c copy"},
    {"sound_alone_is_limited", "", "-frames:a 5 -c:v mpeg4 -c:a copy"},
};

INSTANTIATE_TEST_SUITE_P(Every, LimitedStreams,
                         testing::Combine(testing::Values("h264", "reordered"),
                                          testing::ValuesIn(kLimits)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param).name;
                         });

// Over pipes frames and messages have no common order but that of their arrival.
TEST(LimitedSound, ThatComesFirstEndsThePicturesToo) {
  const TempDir folder;
  const Words job =
      Words{"-i", clip("h264")} + words("-map 0:a -map 0:v -frames:a 5 -c:v mpeg4 -c:a copy");
  const Ended end = run(transcode(job + Words{folder.file("ours.mkv")}));
  EXPECT_EQ(end.code, 0) << end.err;
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error") + job + Words{folder.file("theirs.mkv")}).code,
            0);
  EXPECT_TRUE(same_packets(packets(folder.file("ours.mkv")), packets(folder.file("theirs.mkv"))));
}

TEST(LimitedFrames, OfOneOutputLeaveTheOthersWhole) {
  const TempDir folder;
  const Ended end =
      run(transcode(Words{"-i", clip("h264")} + words("-frames:v 5 -c:v mpeg4 -c:a copy") +
                    Words{folder.file("few.mkv")} + words("-c:v mpeg4 -c:a copy") +
                    Words{folder.file("all.mkv")}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_FALSE(end.hung);
  const Words job = Words{"-i", clip("h264")} + words("-c:v mpeg4 -c:a copy");
  for (const auto& [name, limit] :
       {std::pair{"few.mkv", "-frames:v 5"}, std::pair{"all.mkv", ""}}) {
    SCOPED_TRACE(name);
    ASSERT_EQ(run(words("ffmpeg -nostdin -v error -y") + job + words(limit) +
                  Words{folder.file("ff.mkv")})
                  .code,
              0);
    EXPECT_TRUE(same_packets(packets(folder.file(name)), packets(folder.file("ff.mkv"))));
  }
}

TEST(LimitedFrames, MayBeMoreThanAnotherInputLasts) {
  const TempDir folder;
  const std::string sound = folder.file("short.mka");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -i") + Words{clip("h264")} +
                words("-vn -c copy -t 0.2") + Words{sound})
                .code,
            0);
  for (const std::string transport : {"shm", "pipe"}) {
    const std::string to = folder.file(transport + ".mkv");
    const Ended end =
        run(transcode(Words{"-i", clip("h264"), "-i", sound, "--transport", transport} +
                      words("-map 0:v -map 1:a -c:v mpeg4 -c:a copy -frames:v 20") + Words{to}));
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_FALSE(end.hung);
    EXPECT_NE(end.err.find("20 encoded"), std::string::npos) << end.err;
  }
}

// A transport stream has no index: a seek ends between two key pictures.
TEST(LimitedFrames, EndAnEndlessInputWhateverStreamTheyAreOf) {
  for (const char* option : {"-frames:v 5", "-frames:v:0 5", "-frames:0 5", "-frames 5"}) {
    const Ended end = run(transcode(words("-stream_loop -1 -i") + Words{clip("tiny")} +
                                    words("-an") + words(option) + words("-c:v ffv1 -f null -")));
    EXPECT_EQ(end.code, 0) << option << end.err;
    EXPECT_NE(end.err.find("5 muxed"), std::string::npos) << option << end.err;
  }
}

TEST(StartBetweenKeyPicturesOfATransportStream, GivesEveryPictureFromThereOn) {
  const auto hashes = [](const Words& before) {
    const Ended end = run(transcode(before + Words{"-i", clip("broadcast"), "-an"} +
                                    words("-fps_mode passthrough -f framemd5 -")));
    EXPECT_EQ(end.code, 0) << end.err;
    Words found;
    std::istringstream lines(end.out);
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("#")) found.push_back(line.substr(line.rfind(',') + 1));
    return found;
  };
  const Words all = hashes({});
  const Words part = hashes(words("-ss 0.8"));
  ASSERT_EQ(all.size(), 25U);
  EXPECT_EQ(part, Words(all.begin() + 20, all.end()));
}

TEST(PartWithoutAPicture, KeepsTheSoundAndSaysSo) {
  const TempDir folder;
  const std::string still = folder.file("still.mkv");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -i") + Words{clip("h264")} +
                words("-vf trim=end_frame=1 -c:v mpeg4 -c:a copy") + Words{still})
                .code,
            0);
  const Words job = words("-ss 0.5") + Words{"-i", still, "-c:v", "mpeg4", "-c:a", "copy"};
  const std::string to = folder.file("out.mkv");
  const Ended end = run(transcode(job + Words{to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("no picture of stream 0 at or after -ss (0.500 s)"), std::string::npos)
      << end.err;
  const std::string theirs = folder.file("ffmpeg.mkv");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error") + job + Words{theirs}).code, 0);
  EXPECT_TRUE(same_packets(packets(to), packets(theirs)));
}

TEST(StartBehindTheEnd, IsAnErrorThatSaysHowLongTheInputIs) {
  const TempDir folder;
  const Ended end =
      run(transcode(words("-ss 50") + Words{"-i", clip("h264"), folder.file("out.mkv")}));
  EXPECT_EQ(end.code, 3) << end.err;
  EXPECT_NE(end.err.find("no picture of stream 0 at or after -ss (50.000 s); the input lasts 1.0"),
            std::string::npos)
      << end.err;
  EXPECT_FALSE(folder.has("out.mkv"));
}

TEST(TimeThatIsNone, IsRefusedWithAnExample) {
  const TempDir folder;
  for (const std::string option : {"-ss", "-t", "-to"}) {
    const Ended end = run(transcode({"-i", clip("h264"), option, "soon", folder.file("out.mkv")}));
    EXPECT_EQ(end.code, 2) << end.err;
    EXPECT_NE(end.err.find(option + " soon: not a time"), std::string::npos) << end.err;
  }
}

}  // namespace
}  // namespace latham::test
