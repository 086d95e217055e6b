// SPDX-License-Identifier: MIT
// Several outputs of the same inputs, which do not take them at the same pace or as far as each other.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "system/unique_fd.h"
#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

/// Two outputs of one job.
struct Pair {
  const char* name;
  const char* inputs;
  const char* options[2];
};

void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.inputs << " | " << pair.options[0] << " | " << pair.options[1];
}

/// CLIP stands for a short film.
Words words_of(const char* line) {
  Words all = words(line);
  for (std::string& word : all)
    if (word == "CLIP") word = clip("h264");
  return all;
}

Words job_of(const Pair& pair, const TempDir& folder, const std::string& whose) {
  Words job = words_of(pair.inputs);
  for (int i = 0; i < 2; ++i)
    job = job + words(pair.options[i]) + Words{folder.file(whose + std::to_string(i) + ".mkv")};
  return job;
}

void expect_both_as_ffmpeg(const Pair& pair) {
  const TempDir folder;
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error") + job_of(pair, folder, "theirs")).code, 0);
  for (const std::string transport : {"shm", "pipe"}) {
    SCOPED_TRACE(transport);
    const Ended end =
        run(transcode(words("--transport " + transport) + job_of(pair, folder, transport)));
    ASSERT_FALSE(end.hung) << end.err;
    ASSERT_EQ(end.code, 0) << end.err;
    for (const std::string number : {"0", "1"})
      EXPECT_TRUE(same_packets(packets(folder.file(transport + number + ".mkv")),
                               packets(folder.file("theirs" + number + ".mkv"))))
          << "output " << number;
  }
}

class EndlessSource : public testing::TestWithParam<Pair> {};

TEST_P(EndlessSource, EndsWhenAllOutputsHaveTheirFill) {
  expect_both_as_ffmpeg(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Of, EndlessSource,
    testing::Values(Pair{"two_limited_outputs",
                         "-f lavfi -i testsrc2=s=64x48",
                         {"-c:v mpeg4 -t 0.5", "-c:v mpeg4 -frames:v 30"}},
                    Pair{"one_that_another_does_not_take",
                         "-i CLIP -f lavfi -i testsrc2=s=64x48",
                         {"-map 0 -c:v mpeg4 -c:a copy", "-map 1 -c:v mpeg4 -t 0.5"}},
                    Pair{"sound_for_a_film_that_ends",
                         "-i CLIP -f lavfi -i anullsrc",
                         {"-map 0:v -map 1:a -shortest -c:v mpeg4 -c:a pcm_s16le",
                          "-map 0:v -map 1:a -shortest -c:v mpeg4 -c:a pcm_s16le -vf hflip"}}),
    [](const auto& test) { return std::string(test.param.name); });

// Somebody has it open for writing and writes no more.
TEST(SilentSource, IsNotWaitedForWhenAllOutputsHaveTheirFill) {
  const TempDir folder;
  const std::string source = folder.file("source");
  ASSERT_EQ(::mkfifo(source.c_str(), 0600), 0);
  const UniqueFd writer(::open(source.c_str(), O_RDWR | O_CLOEXEC));
  const std::string pictures(std::size_t{10} * 16 * 16 * 3 / 2, 'x');
  ASSERT_EQ(::write(writer.get(), pictures.data(), pictures.size()),
            static_cast<ssize_t>(pictures.size()));
  const Ended end =
      run(transcode(words("-f rawvideo -pixel_format yuv420p -video_size 16x16 -i") +
                    Words{source, "-c:v", "mpeg4", "-frames:v", "3", folder.file("0.mkv")} +
                    Words{"-c:v", "mpeg4", "-frames:v", "5", folder.file("1.mkv")}));
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 0) << end.err;
}

// Each output holds back the input that the other one lacks, far beyond what the channels hold.
const char* const kPictures = "-f lavfi -i testsrc2=s=64x48:d=4 -f lavfi -i testsrc=s=64x48:d=4";
const char* const kSound =
    "-f lavfi -i testsrc2=s=64x48:d=4 "
    "-f lavfi -i aevalsrc=sin(900*t)|cos(900*t)|sin(700*t)|cos(700*t):s=192000:d=4";
const char* const kBoth = "-map 0:v -map 1 -c:v mpeg4 -c:a pcm_s16le -shortest";

class OutputsOutOfStep : public testing::TestWithParam<Pair> {};

TEST_P(OutputsOutOfStep, DoNotStopEachOther) {
  expect_both_as_ffmpeg(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    By, OutputsOutOfStep,
    testing::Values(
        Pair{"pictures_that_come_late",
             kPictures,
             {kBoth, "-map 0:v -map 1 -c:v mpeg4 -filter:v:0 trim=start=2 -shortest"}},
        Pair{"pictures_backwards",
             kPictures,
             {"-map 0:v -map 1 -c:v mpeg4 -filter:v:1 reverse -shortest",
              "-map 0:v -map 1 -c:v mpeg4 -filter:v:0 reverse -shortest"}},
        Pair{"sound_before_late_pictures",
             kSound,
             {kBoth, "-map 0:v -map 1 -c:v mpeg4 -c:a pcm_s16le -vf reverse -shortest"}},
        Pair{"a_limit_of_frames",
             kSound,
             {"-map 0:v -map 1 -c:v mpeg4 -c:a pcm_s16le -frames:v 60",
              "-map 0:v -map 1 -c:v mpeg4 -c:a pcm_s16le -vf trim=start=2 -frames:v 30"}}),
    [](const auto& test) { return std::string(test.param.name); });

// ffmpeg gives more pictures than the sound is long.
TEST(OutputsThatNeedMoreOfAnInput, AreEachAsItIsAlone) {
  const TempDir folder;
  const Words inputs = words(kSound);
  const Words slow = words(kBoth) + words("-vf setpts=2*PTS");
  for (const std::string transport : {"shm", "pipe"}) {
    SCOPED_TRACE(transport);
    const Words job = words("-y --transport " + transport) + inputs;
    const Ended end = run(transcode(job + words(kBoth) + Words{folder.file("plain.mkv")} + slow +
                                    Words{folder.file("slow.mkv")}));
    ASSERT_FALSE(end.hung) << end.err;
    ASSERT_EQ(end.code, 0) << end.err;
    const std::string alone = folder.file("alone.mkv");
    ASSERT_EQ(run(transcode(job + words(kBoth) + Words{alone})).code, 0);
    EXPECT_TRUE(same_packets(packets(folder.file("plain.mkv")), packets(alone)));
    ASSERT_EQ(run(transcode(job + slow + Words{alone})).code, 0);
    EXPECT_TRUE(same_packets(packets(folder.file("slow.mkv")), packets(alone)));
  }
}

}  // namespace
}  // namespace latham::test
