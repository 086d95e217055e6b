// SPDX-License-Identifier: MIT
#include "supervisor/options.h"

#include <gtest/gtest.h>

#include <sstream>

#include "system/nearest.h"
#include "tests/unit/supervisor/expect_failure.h"

namespace latham::supervisor {
namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

Job parse(const std::string& line) {
  return parse_transcode(words(line));
}

#define EXPECT_USAGE(line, part) EXPECT_REFUSED((void)parse(line), 2, part)

/// What the only output, or the only input, was given under that name.
std::string output_value(const std::string& line, const std::string& name) {
  return value_of(parse(line).outputs.at(0).options, name);
}
std::string input_value(const std::string& line, const std::string& name) {
  return value_of(parse(line).inputs.at(0).options, name);
}

TEST(Options, SmallestCommandNamesInputAndOutput) {
  const Job job = parse("-i in.mp4 out.mp4");
  ASSERT_EQ(job.inputs.size(), 1U);
  ASSERT_EQ(job.outputs.size(), 1U);
  EXPECT_EQ(job.inputs[0].name, "in.mp4");
  EXPECT_EQ(job.outputs[0].name, "out.mp4");
  EXPECT_FALSE(job.globals.overwrite);
  EXPECT_TRUE(job.globals.show_progress);
  EXPECT_EQ(job.globals.transport, Transport::shm);
  EXPECT_EQ(job.globals.slots, 64U);
  EXPECT_EQ(job.globals.stage_timeout_s, 0.0);
}

TEST(Options, DashNamesStandardStreams) {
  const Job job = parse("-i - -f nut -");
  EXPECT_EQ(job.inputs[0].name, "-");
  EXPECT_EQ(job.outputs[0].name, "-");
  EXPECT_EQ(value_of(job.outputs[0].options, "f"), "nut");
}

TEST(Options, EachSpellingOfAnOptionMeansTheSame) {
  for (const std::string name : {"-vf", "-filter:v"})
    EXPECT_EQ(output_value("-i a " + name + " hflip b", "filter:v"), "hflip") << name;
  for (const std::string name : {"-c:v", "-vcodec", "-codec:v"})
    EXPECT_EQ(output_value("-i a " + name + " libx264 b", "c:v"), "libx264") << name;
  for (const std::string name : {"-frames:v", "-vframes"})
    EXPECT_EQ(output_value("-i a " + name + " 12 b", "frames:v"), "12") << name;
  for (const std::string name : {"-q:v", "-qscale:v"})
    EXPECT_EQ(output_value("-i a " + name + " 3 b", "q:v"), "3") << name;
  for (const std::string name : {"-fps_mode", "-vsync"})
    EXPECT_EQ(output_value("-i a " + name + " cfr b", "fps_mode"), "cfr") << name;
  for (const std::string name : {"-loglevel", "-v"})
    EXPECT_EQ(parse(name + " debug -i a b").globals.loglevel, 48) << name;
  for (const std::string level : {"debug", "48", "repeat+level+debug"})
    EXPECT_EQ(parse("-v " + level + " -i a b").globals.loglevel, 48) << level;
  for (const std::string name : {"-c:a", "-acodec", "-codec:a"})
    EXPECT_EQ(output_value("-i a " + name + " copy b", "c:a"), "copy") << name;
  for (const std::string name : {"-c:s", "-scodec", "-codec:s"})
    EXPECT_EQ(output_value("-i a " + name + " copy b", "c:s"), "copy") << name;
}

TEST(Options, PipesOfFfmpegAreTheStandardStreams) {
  for (const std::string name : {"pipe:", "pipe:0"})
    EXPECT_EQ(parse("-i " + name + " b").inputs.front().name, "-");
  for (const std::string name : {"pipe:", "pipe:1"})
    EXPECT_EQ(parse("-i a " + name).outputs.front().name, "-");
}

TEST(Options, OldVsyncNumbersBecomeNames) {
  EXPECT_EQ(output_value("-i a -vsync 0 b", "fps_mode"), "passthrough");
  EXPECT_EQ(output_value("-i a -vsync -1 b", "fps_mode"), "auto");
  EXPECT_USAGE("-i a -vsync 7 b", "passthrough, cfr, vfr, drop or auto");
}

TEST(Options, SideOfInputDecidesWhatAnOptionMeans) {
  const Job job = parse(
      "-f rawvideo -s 320x240 -pix_fmt yuv420p -r 25 -threads 2 -i a -f mp4 -s 160x120 "
      "-pix_fmt yuv444p -r 50 -threads 3 b");
  const FileOptions raw = {{"f", "rawvideo"},
                           {"video_size", "320x240"},
                           {"pixel_format", "yuv420p"},
                           {"r", "25"},
                           {"threads", "2"}};
  EXPECT_EQ(job.inputs[0].options, raw);
  const FileOptions encoded = {
      {"f", "mp4"}, {"s", "160x120"}, {"pix_fmt", "yuv444p"}, {"r", "50"}, {"threads", "3"}};
  EXPECT_EQ(job.outputs[0].options, encoded);
}

TEST(Options, UnknownOneDashOptionsGoToTheCodecOfTheirSide) {
  const Job job = parse(
      "-err_detect explode -i a -c:v libx264 -crf 20 -x264-params keyint=50:bframes=2 "
      "-b:v 2M -profile:v:0 high -b:a 128k b");
  EXPECT_EQ(job.inputs[0].options, (FileOptions{{"err_detect", "explode"}}));
  const FileOptions expected = {
      {"c:v", "libx264"}, {"crf", "20"},           {"x264-params", "keyint=50:bframes=2"},
      {"b:v", "2M"},      {"profile:v:0", "high"}, {"b:a", "128k"}};
  EXPECT_EQ(job.outputs[0].options, expected);
}

TEST(Options, ValueMayBeginWithADash) {
  EXPECT_EQ(output_value("-i a -q:v -1 b", "q:v"), "-1");
  EXPECT_EQ(output_value("-i a -qcomp -0.5 b", "qcomp"), "-0.5");
}

TEST(Options, SwitchesStandAnywhere) {
  const Job job = parse("-y -hide_banner -nostdin -i a -an -sn -dn -xerror b -nostats");
  EXPECT_TRUE(job.globals.overwrite && job.globals.stop_on_error);
  EXPECT_EQ(job.outputs[0].options, (FileOptions{{"an", {}}, {"sn", {}}, {"dn", {}}}));
  EXPECT_FALSE(job.globals.show_progress || job.globals.keep_existing);
  EXPECT_TRUE(parse("-i a -n b").globals.keep_existing);
}

// FFmpeg is not in this process: whether a name is a decoder's, the stages know.
TEST(Options, CodecBeforeTheInputGoesToBothSides) {
  EXPECT_EQ(input_value("-c:v libdav1d -i a b", "c:v"), "libdav1d");
  EXPECT_EQ(output_value("-c:v libdav1d -i a b", "-unless-decoder-c:v"), "libdav1d");
  EXPECT_EQ(output_value("-vcodec libdav1d -i a -c:v mpeg4 b", "c:v"), "mpeg4");
  EXPECT_EQ(input_value("-i a -c:v mpeg4 b", "c:v"), "");
}

TEST(Options, BitexactIsThatOfCodecAndContainer) {
  EXPECT_EQ(output_value("-i a -bitexact b", "flags"), "+bitexact");
  EXPECT_EQ(output_value("-i a -bitexact b", "fflags"), "+bitexact");
  EXPECT_EQ(input_value("-bitexact -i a b", "flags"), "+bitexact");
}

TEST(Options, OfAnOutputMayStandBeforeTheInput) {
  EXPECT_EQ(output_value("-vf hflip -frames:v 3 -i a b", "filter:v"), "hflip");
  EXPECT_EQ(output_value("-vf hflip -frames:v 3 -i a b", "frames:v"), "3");
}

TEST(Options, BehindTheOnlyOutputAreStillItsOwn) {
  EXPECT_EQ(output_value("-i a b -c:v ffv1 -crf 3", "c:v"), "ffv1");
  EXPECT_EQ(output_value("-i a b -c:v ffv1 -crf 3", "crf"), "3");
}

TEST(Options, OfAnInputMayStandBehindTheOnlyOne) {
  EXPECT_EQ(input_value("-i a -stream_loop 1 b", "stream_loop"), "1");
  EXPECT_EQ(input_value("-i a b -stream_loop 1", "stream_loop"), "1");
}

TEST(Options, OwnOptionsTakeBothSpellings) {
  for (const std::string line : {"--transport pipe --slots 8 --stage-timeout 2.5 -i a b",
                                 "-i a --transport=pipe --slots=8 --stage-timeout=2.5 b"}) {
    const Job job = parse(line);
    EXPECT_EQ(job.globals.transport, Transport::pipe) << line;
    EXPECT_EQ(job.globals.slots, 8U) << line;
    EXPECT_EQ(job.globals.stage_timeout_s, 2.5) << line;
  }
}

TEST(Options, BadValueNamesOptionValueAndWhatIsExpected) {
  EXPECT_USAGE("-i a --transport tcp b", "--transport 'tcp': must be shm or pipe");
  EXPECT_USAGE("-i a --slots 3 b", "--slots '3': must be a number of frames from 8 to 128");
  EXPECT_USAGE("-i a --slots many b", "--slots 'many'");
  EXPECT_USAGE("-i a --stage-timeout -1 b", "--stage-timeout '-1'");
  EXPECT_USAGE("-i a --stage-timeout nan b", "--stage-timeout 'nan'");
  EXPECT_USAGE("-i a --slots= b", "--slots ''");
  EXPECT_USAGE("-i a -frames:v 0 b", "-frames:v '0'");
  EXPECT_USAGE("-i a -frames:v 99999999999999999999 b", "-frames:v");
  EXPECT_USAGE("-stream_loop -2 -i a b", "-stream_loop '-2'");
}

TEST(Options, MissingPiecesSayWhatToWrite) {
  EXPECT_USAGE("-i in.mp4", "no output file given; try: latham transcode -i in.mp4 out.mp4");
  EXPECT_USAGE("", "no input file given");
  EXPECT_USAGE("in.mp4 out.mp4", "'in.mp4' stands before the input");
  EXPECT_REFUSED((void)parse_transcode(std::vector<std::string>{"-i", "", "out"}), 2,
                 "empty file name");
}

TEST(Options, MissingValueIsNoticed) {
  EXPECT_USAGE("-i a b -crf", "-crf needs a value");
  EXPECT_USAGE("-i a b --slots", "--slots needs a value");
  EXPECT_USAGE("-i a -vf -c:v libx264 b", "-vf needs a value, but the option -c:v follows");
  EXPECT_USAGE("-i a -crf -y b", "-crf needs a value, but the option -y follows");
  EXPECT_USAGE("-i", "-i needs a value");
  EXPECT_USAGE("-i a --help=1 b", "--help takes no value");
}

TEST(Options, UnknownOwnOptionNamesTheNearest) {
  EXPECT_USAGE("-i a --transprt shm b", "unknown option --transprt; did you mean --transport?");
  EXPECT_USAGE("-i a --slot=3 b", "did you mean --slots?");
  EXPECT_USAGE("-i a --vf hflip b", "did you mean -vf?");
  EXPECT_USAGE("-i a --zzzzzzzzzz b", "unknown option --zzzzzzzzzz; see latham transcode --help");
  EXPECT_USAGE("-i a -transport shm b", "did you mean --transport?");
}

TEST(Options, EachFileHasTheOptionsBeforeItsName) {
  const Job job = parse(
      "-f lavfi -i a -stream_loop 1 -i b -map 0:v -map 1:a -c:v libx264 c.mp4 -c copy -y d.mkv");
  ASSERT_EQ(job.inputs.size(), 2U);
  ASSERT_EQ(job.outputs.size(), 2U);
  EXPECT_EQ(job.inputs[0].options, (FileOptions{{"f", "lavfi"}}));
  EXPECT_EQ(job.inputs[1].options, (FileOptions{{"stream_loop", "1"}}));
  EXPECT_EQ(job.outputs[0].options,
            (FileOptions{{"map", "0:v"}, {"map", "1:a"}, {"c:v", "libx264"}}));
  EXPECT_EQ(job.outputs[1].options, (FileOptions{{"c", "copy"}}));
  EXPECT_TRUE(job.globals.overwrite);
}

TEST(Options, OneThatMoreThanOneFileCouldMeanIsRefused) {
  EXPECT_USAGE("-i a -i b -stream_loop 1 c", "put it before the -i that it is for");
  EXPECT_USAGE("-i a b c -crf 20", "-crf stands behind the last output");
}

TEST(Options, StreamSpecifiersAreHandedOn) {
  EXPECT_EQ(output_value("-i a -c:a:1 flac b", "c:a:1"), "flac");
  EXPECT_EQ(output_value("-i a -metadata:s:a:0 language=ger b", "metadata:s:a:0"), "language=ger");
  EXPECT_EQ(output_value("-i a -b 2M b", "b:v"), "2M");
  EXPECT_EQ(output_value("-i a -crf:v:0 20 b", "crf:v:0"), "20");
}

TEST(Options, WhatIsNotPossibleIsRefusedAndNotIgnored) {
  EXPECT_USAGE("-i a -filter_complex hflip b", "-filter_complex is not supported");
  EXPECT_USAGE("-i a -y -n b", "contradict");
  EXPECT_USAGE("-i a -7z b", "'-7z' is not an option");
}

TEST(Options, OfFfmpegThatAreNotHereTakeNoWordWithThem) {
  EXPECT_USAGE("-isync 0 -i a b", "-isync is not supported for now");
  EXPECT_USAGE("-i a -fs 10M b", "-fs is not supported for now");
  EXPECT_USAGE("-codecs", "-codecs is a question for ffmpeg");
  EXPECT_EQ(parse("-stdin -benchmark -accurate_seek -i a b").outputs.size(), 1U);
  EXPECT_EQ(parse("-thread_queue_size 512 -i a -max_muxing_queue_size 9 b").outputs.size(), 1U);
}

TEST(Options, HelpIsSeenAnywhere) {
  EXPECT_TRUE(wants_help(words("-i a --help")));
  EXPECT_TRUE(wants_help(words("-h")));
  EXPECT_FALSE(wants_help(words("-i a b")));
}

TEST(Nearest, DistanceCountsLetters) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(Nearest, NothingIsNearEnoughToNoise) {
  const std::vector<std::string_view> names = {"--slots", "--transport"};
  EXPECT_EQ(nearest("--qqqqqqq", names), "");
  EXPECT_EQ(nearest("--slats", names), "--slots");
}

}  // namespace
}  // namespace latham::supervisor
