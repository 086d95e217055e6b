// SPDX-License-Identifier: MIT
// Which streams of which inputs go where, and their tags: as the ffmpeg command does it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// One film with everything: two languages, subtitles, a font, chapters; and one with a cover.
const TempDir& films() {
  static const TempDir folder;
  static const bool made = [] {
    folder.write("font.ttf", "no real font");
    folder.write("subtitles.srt", "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
    folder.write("chapters.txt",
                 ";FFMETADATA1\ntitle=Film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\n"
                 "title=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\ntitle=Two\n");
    const auto ffmpeg = [](const std::string& line) {
      Words all = words("ffmpeg -nostdin -v error -y " + line);
      for (std::string& word : all)
        if (word.starts_with("@")) word = folder.file(word.substr(1));
      return run(all).code == 0;
    };
    return ffmpeg(
               "-f lavfi -i testsrc2=size=64x48:duration=1 -f lavfi -i sine=duration=1 -f lavfi -i "
               "sine=400:duration=1 -i @subtitles.srt -i @chapters.txt -attach @font.ttf "
               "-metadata:s:t mimetype=application/x-truetype-font -map 0 -map 1 -map 2 -map 3 "
               "-map_metadata 4 -c:v libx264 -preset ultrafast -c:a aac -c:s srt "
               "-metadata:s:a:0 language=ger -metadata:s:a:1 language=eng "
               "-disposition:a:1 default -disposition:a:0 comment @film.mkv") &&
           ffmpeg("-f lavfi -i color=red:size=16x16:rate=1 -frames:v 1 @cover.png") &&
           ffmpeg(
               "-i @film.mkv -i @cover.png -map 0:v -map 0:a -map 1 -c copy "
               "-disposition:v:1 attached_pic @cover.mp4");
  }();
  EXPECT_TRUE(made);
  return folder;
}

/// Tags, dispositions and chapters, and what the streams are.
std::string tags(const std::string& file) {
  return run(words("ffprobe -v error -show_chapters -of compact -show_entries "
                   "stream=index,codec_name,codec_tag_string,width,height,r_frame_rate,time_base:"
                   "stream_disposition:stream_tags:format_tags") +
             Words{file})
      .out;
}

struct Case {
  const char* name;
  const char* extension;
  const char* job;  ///< FILM, COVER, OTHER and AVI stand for inputs.
};

Words job_of(const std::string& line) {
  Words all = words(line);
  for (std::string& word : all) {
    if (word == "FILM") word = films().file("film.mkv");
    if (word == "COVER") word = films().file("cover.mp4");
    if (word == "OTHER") word = clip("h264");
    if (word == "AVI") word = clip("mpeg4");
  }
  return all;
}

class Maps : public testing::TestWithParam<Case> {};

TEST_P(Maps, GiveTheStreamsAndTagsOfFfmpeg) {
  const TempDir folder;
  const std::string ours = folder.file(std::string("ours.") + GetParam().extension);
  const std::string theirs = folder.file(std::string("theirs.") + GetParam().extension);
  const Words job = job_of(GetParam().job);
  const Ended end = run(transcode(job + Words{ours}));
  ASSERT_EQ(end.code, 0) << end.err;
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -y") + job + Words{theirs}).code, 0);
  EXPECT_TRUE(same_packets(packets(ours), packets(theirs)));
  EXPECT_EQ(tags(ours), tags(theirs));
}

INSTANTIATE_TEST_SUITE_P(
    Streams, Maps,
    testing::Values(
        Case{"everything", "mkv", "-i FILM -map 0 -c:v mpeg4 -c:a copy -c:s copy"},
        Case{"everything_copied", "mkv", "-i FILM -map 0 -c copy"},
        Case{"negative", "mkv", "-i FILM -map 0 -map -0:a:0 -map -0:s -c copy"},
        Case{"optional", "mkv", "-i FILM -map 0:v -map 0:a:7? -c copy"},
        Case{"by_language", "mkv", "-i FILM -map 0:m:language:eng -map 0:V -c copy"},
        Case{"twice", "mkv", "-i FILM -map 0:a:1 -map 0:a:1 -c:a:0 copy -c:a:1 flac"},
        Case{"of_two_inputs", "mkv", "-i FILM -i OTHER -map 1:v -map 0:a -c:v mpeg4 -c:a copy"},
        // Who is dated by which clock hangs on what is read before the header.
        Case{"of_one_that_is_read_after_the_header", "mkv",
             "-i FILM -i AVI -map 0:v -map 1:a -c:v mpeg4 -c:a copy -ss 0.3105"},
        Case{"of_one_that_is_read_before_and_after", "mkv",
             "-i FILM -i AVI -map 1:a -map 0:v -map 0:a:0 -map 1:v -c:v mpeg4 -ss 0.3105 "
             "-c:a:0 copy -c:a:1 aac"},
        Case{"to_mp4", "mp4", "-i FILM -map 0:v -map 0:a -c copy"},
        Case{"to_ts", "ts", "-i FILM -map 0:v -map 0:a -c copy"},
        Case{"from_mp4", "mkv", "-i COVER -map 0:v:0 -map 0:a -c copy"},
        Case{"sound_alone", "m4a", "-i FILM -vn -map 0:a:0 -c:a aac"},
        Case{"cover", "mp4", "-i COVER -map 0 -c copy"},
        Case{"options_by_stream", "mkv",
             "-i FILM -map 0:v -map 0:a -c:v mpeg4 -c:a aac -b:a:0 32k -b:a:1 64k"},
        Case{"tags", "mkv",
             "-i FILM -map 0 -c copy -metadata title=New -metadata:s:a:0 language=ita "
             "-metadata:c:1 title=Last -disposition:a:0 default -disposition:a:1 0"},
        Case{"tags_of_another_stream", "mkv",
             "-i FILM -map 0:v -map 0:a -c copy -map_metadata:s:a:0 0:s:a:1"},
        // Without an end, which shows that it is not read.
        Case{"nothing_of_an_endless_input", "mkv", "-i FILM -f lavfi -i testsrc2 -map 0:v -c copy"},
        Case{"tags_alone_of_an_endless_input", "mkv",
             "-i OTHER -stream_loop -1 -i FILM -map 0:v -c copy -map_metadata 1 -map_chapters 1"},
        Case{"no_tags", "mp4",
             "-i FILM -map 0:v -map 0:a -c copy -map_metadata -1 -map_chapters -1"},
        Case{"index_first", "mp4", "-i FILM -map 0:v -map 0:a -c copy -movflags +faststart"},
        Case{"bitstream_filter", "h264", "-i FILM -map 0:v -c copy -bsf:v h264_mp4toannexb"},
        Case{"few_packets", "mkv", "-i FILM -map 0:v -map 0:a:0 -c copy -frames:v 5 -frames:a 7"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SeveralOutputs, EachIsWhatFfmpegMakesOfIt) {
  const char* const outputs[] = {"-map 0:v -vf hflip -c:v mpeg4",
                                 "-map 0:v -vf scale=32:-2 -c:v ffv1", "-map 0 -c copy"};
  for (const std::string transport : {"shm", "pipe"}) {
    const TempDir folder;
    Words job = words("--transport " + transport) + job_of("-i FILM");
    for (int i = 0; i < 3; ++i)
      job = job + words(outputs[i]) + Words{folder.file(std::to_string(i) + ".mkv")};
    const Ended end = run(transcode(job));
    ASSERT_EQ(end.code, 0) << end.err;
    for (int i = 0; i < 3; ++i) {
      const std::string theirs = folder.file("theirs.mkv");
      ASSERT_EQ(run(words("ffmpeg -nostdin -v error -y") + job_of("-i FILM") + words(outputs[i]) +
                    Words{theirs})
                    .code,
                0);
      EXPECT_TRUE(same_packets(packets(folder.file(std::to_string(i) + ".mkv")), packets(theirs)))
          << transport << " " << outputs[i];
    }
  }
}

/// Packets of the stream, by ffprobe.
int count_packets(const std::string& file, const std::string& stream) {
  return std::stoi(run(words("ffprobe -v error -count_packets -of csv=p=0 -show_entries "
                             "stream=nb_read_packets -select_streams") +
                       Words{stream, file})
                       .out);
}

struct Shortest {
  const char* name;
  const char* before_pictures;
  const char* before_sound;
  const char* options;
};
class ShortestInput : public testing::TestWithParam<Shortest> {};

// A second of each: 25 pictures, 44 packets of AAC and one of priming.
TEST_P(ShortestInput, EndsTheOutput) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end = run(transcode(words(GetParam().before_pictures) + Words{"-i", clip("raw")} +
                                  words(GetParam().before_sound) + Words{"-i", clip("h264")} +
                                  words("-map 0:v -map 1:a -shortest -c:v mpeg4 -g 1") +
                                  words(GetParam().options) + Words{to}));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_FALSE(end.hung);
  EXPECT_NEAR(count_packets(to, "v"), 25, 1);
  EXPECT_NEAR(count_packets(to, "a"), 45, 2);
}
INSTANTIATE_TEST_SUITE_P(
    Of, ShortestInput,
    testing::Values(
        Shortest{"pictures_and_endless_sound", "", "-stream_loop -1", "-c:a aac"},
        Shortest{"pictures_and_endless_copied_sound", "", "-stream_loop -1", "-c:a copy"},
        Shortest{"sound_and_endless_pictures", "-stream_loop -1", "", "-c:a aac"},
        Shortest{"copied_sound_and_endless_pictures", "-stream_loop -1", "", "-c:a copy"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(EndlessPictures, EndWithTheOutputsDurationThoughTheSoundEndedBefore) {
  const TempDir folder;
  const std::string to = folder.file("out.mkv");
  const Ended end =
      run(transcode(words("-stream_loop -1") + Words{"-i", clip("raw"), "-i", clip("h264")} +
                    words("-map 0:v -map 1:a -c:v mpeg4 -c:a aac -t 3") + Words{to}));
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(count_packets(to, "v"), 75);
}

}  // namespace
}  // namespace latham::test
