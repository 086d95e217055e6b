// SPDX-License-Identifier: MIT
// --resumable: everything is killed at once, as by a power cut, and the same command goes on. The file is the one of a
// run in which nothing happened.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/scratch_disk.h"

namespace latham::test {
namespace {

namespace fs = std::filesystem;

constexpr int kUsage = 2;
constexpr int kOutput = 4;

/// Eight seconds in segments of one.
Words job_to(const std::string& output, const std::string& options, const Words& own = {}) {
  return transcode(Words{"-nostats", "-i", clip("film")} + words(options) +
                   words("--resumable --segment-seconds 1") + own + Words{output});
}

/// At the end of a filter graph: long enough to be killed.
constexpr const char* kSlowly = ",realtime=speed=8 ";

std::string state_of(const std::string& output) {
  return output + ".latham";
}

int segments_kept(const std::string& output) {
  int kept = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state_of(output), none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("segment-") && !name.ends_with(".new")) ++kept;
  }
  return kept;
}

/// The job begins, or goes on, until so many segments are kept; then all of it dies at once.
void cut_off(const Place& place, const Words& job, const std::string& output, int segments) {
  Program program(job, place.settings());
  ASSERT_TRUE(program.until([&] { return segments_kept(output) >= segments; })) << program.err();
  for (const pid_t pid : program.family()) ::kill(pid, SIGKILL);
  ASSERT_TRUE(program.until_alone());
  ASSERT_FALSE(fs::exists(output)) << "it was too quick";
}

Ended run_in(const Place& place, const Words& job) {
  return Program(job, place.settings()).wait();
}

std::string quiet_file(const std::string& options, const std::string& extension) {
  const Place place;
  const std::string output = place.file("quiet." + extension);
  const Ended end = run_in(place, job_to(output, options));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(place.leftovers(), "quiet." + extension + " ");
  const Ended decoded =
      run(words("ffmpeg -nostdin -v error -i") + Words{output} + words("-f null -"));
  EXPECT_EQ(decoded.err, "");
  return read_file(output);
}

/// Of each stream all timestamps, and all decode timestamps, in order: another encoder may reorder pictures at other
/// places.
std::string packet_times(const std::string& file) {
  const Ended end =
      run(words("ffprobe -v error -of csv=p=0 -show_entries packet=stream_index,pts,dts") +
          Words{file});
  EXPECT_EQ(end.code, 0) << end.err;
  std::multiset<std::string> times;
  std::istringstream in(end.out);
  for (std::string stream, pts, dts, line; std::getline(in, line);) {
    std::istringstream fields(line);
    if (!std::getline(fields, stream, ',') || !std::getline(fields, pts, ',')) continue;
    std::getline(fields, dts, ',');
    times.insert(stream + " pts " + pts);
    times.insert(stream + " dts " + dts);
  }
  std::string text;
  for (const std::string& time : times) text += time + "\n";
  return text;
}

struct Kind {
  const char* name;
  const char* filter;
  const char* options;
  const char* extension = "mp4";

  [[nodiscard]] std::string words(const std::string& more_filters = " ") const {
    return std::string("-vf ") + filter + more_filters + options;
  }
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

constexpr Kind kKinds[] = {
    // One thread: with several, libx264's bits depend on how busy the machine is, in ffmpeg too.
    {"x264_sound_encoded", "null", "-c:v libx264 -preset veryfast -threads 1 -c:a mp2", "ts"},
    {"mpeg4_sound_copied", "hflip", "-c:v mpeg4 -bf 2 -q:v 5 -c:a copy"},
    {"x265", "null", "-c:v libx265 -preset ultrafast -x265-params log-level=none -an"},
    {"ffv1_filter_with_memory", "yadif", "-c:v ffv1 -c:a flac -fflags +bitexact", "mkv"},
    {"window_and_limit", "fps=30", "-ss 0.5 -t 6 -c:v mpeg4 -c:a aac --transport pipe"},
};

class Resumable : public testing::TestWithParam<Kind> {};

TEST_P(Resumable, CutOffTwiceGivesTheFileOfAQuietRun) {
  const Kind& kind = GetParam();
  const Place place;
  const std::string name = std::string("out.") + kind.extension;
  const std::string output = place.file(name);
  const Words job = job_to(output, kind.words(kSlowly));
  ASSERT_NO_FATAL_FAILURE(cut_off(place, job, output, 1));
  ASSERT_NO_FATAL_FAILURE(cut_off(place, job, output, 3));
  const Ended end = run_in(place, job);
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("going on with '" + output), std::string::npos) << end.err;
  EXPECT_TRUE(read_file(output) == quiet_file(kind.words(), kind.extension));
  EXPECT_EQ(place.leftovers(), name + " ");
}

TEST_P(Resumable, HasThePacketsInTimeOfAPlainRun) {
  const Kind& kind = GetParam();
  const Place place;
  const auto times = [&](const Words& job, const std::string& output) {
    EXPECT_EQ(run_in(place, job).code, 0);
    return packet_times(output);
  };
  const std::string whole = place.file(std::string("plain.") + kind.extension);
  const std::string joined = place.file(std::string("joined.") + kind.extension);
  EXPECT_EQ(
      times(job_to(joined, kind.words()), joined),
      times(transcode(Words{"-i", clip("film")} + words(kind.words()) + Words{whole}), whole));
}

INSTANTIATE_TEST_SUITE_P(Encoders, Resumable, testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

constexpr Kind kMpeg4{"mpeg4", "null", "-c:v mpeg4 -q:v 5 -c:a copy"};
const std::string kSlow = kMpeg4.words(kSlowly);

/// A job that was cut off with some segments kept.
class CutOff : public testing::Test {
 protected:
  void SetUp() override { cut_off(place_, job_, output_, 3); }
  Ended go_on(const Words& own = {}) { return run_in(place_, job_to(output_, kSlow, own)); }
  void expect_whole(const Ended& end) {
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_TRUE(read_file(output_) == quiet_file(kMpeg4.words(), "mp4"));
    EXPECT_EQ(place_.leftovers(), "out.mp4 ");
  }
  void expect_one_line(const Ended& end, int code, const std::string& part) {
    EXPECT_EQ(end.code, code) << end.err;
    EXPECT_NE(end.err.find(part), std::string::npos) << end.err;
    EXPECT_EQ(std::count(end.err.begin(), end.err.end(), '\n'), 1) << end.err;
    EXPECT_GE(segments_kept(output_), 3);
  }
  [[nodiscard]] std::string kept(const std::string& name) const {
    return state_of(output_) + "/" + name;
  }

  Place place_;
  std::string output_ = place_.file("out.mp4");
  Words job_ = job_to(output_, kSlow);
};

TEST_F(CutOff, WithOtherOptionsSaysWhatDiffersAndTouchesNothing) {
  expect_one_line(go_on({"-q:v", "6"}), kUsage, "the options of the output: then");
  expect_one_line(go_on({"-copyts"}), kUsage, "the job's own options: then");
  expect_whole(go_on());
}

TEST_F(CutOff, WithDamagedPacketsMakesTheirSegmentAgain) {
  std::fstream packets(kept("pictures-0"), std::ios::in | std::ios::out | std::ios::binary);
  packets.seekp(100);
  packets.put('!').put('?');
  packets.close();
  const Ended end = go_on();
  EXPECT_NE(end.err.find("segment-0-00000000' is damaged"), std::string::npos) << end.err;
  expect_whole(end);
}

TEST_F(CutOff, WithADamagedRecordMakesItsSegmentAgain) {
  fs::resize_file(kept("segment-0-00000001"), 20);
  const Ended end = go_on();
  EXPECT_NE(end.err.find("segment-0-00000001' is damaged"), std::string::npos) << end.err;
  expect_whole(end);
}

TEST_F(CutOff, WithoutARecordMakesItsSegmentAgain) {
  fs::remove(kept("segment-0-00000001"));
  expect_whole(go_on());
}

TEST_F(CutOff, WithADamagedPlanSaysSo) {
  fs::resize_file(kept("plan"), 20);
  expect_one_line(go_on(), kUsage, "plan' is damaged");
}

TEST_F(CutOff, WhileAnotherOneGoesOnIsRefused) {
  Program first(job_, place_.settings());
  ASSERT_TRUE(first.until([&] { return segments_kept(output_) >= 4; })) << first.err();
  expect_one_line(go_on(), kOutput, "another latham is writing into");
  expect_whole(first.wait());
}

TEST_F(CutOff, WithAnEncoderThatIsKilledBeginsAgainBehindWhatIsKept) {
  Program job(job_to(output_, kSlow, words("--stage-retries 1")), place_.settings());
  ASSERT_TRUE(job.until([&] { return segments_kept(output_) >= 5; })) << job.err();
  ASSERT_EQ(::kill(job.stage("encoder").value(), SIGKILL), 0);
  const Ended end = job.wait();
  EXPECT_NE(end.err.find("the job begins again (retry 1 of 1)"), std::string::npos) << end.err;
  expect_whole(end);
}

TEST_F(CutOff, AfterCtrlCGoesOnToTheEnd) {
  Program job(job_, place_.settings());
  ASSERT_TRUE(job.until([&] { return segments_kept(output_) >= 5; })) << job.err();
  job.signal(SIGINT);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 130) << end.err;
  EXPECT_TRUE(fs::exists(output_)) << "finished up to there";
  expect_one_line(go_on(), kOutput, "exists; add -y");
  expect_whole(go_on({"-y"}));
}

TEST(ResumableJob, WhoseOtherOutputIsRefusedLeavesNothing) {
  const Place place;
  const Ended end = run(transcode(Words{"--resumable", "-i", clip("tiny"), "-an",
                                        place.file("out.mp4"), "-an", place.file("none/out.mp4")}));
  EXPECT_EQ(end.code, kOutput) << end.err;
  EXPECT_EQ(place.leftovers(), "");
}

TEST(ResumableJob, ThatWasCutOffWhileItClearedUpIsFinished) {
  const Place place;
  const std::string output = place.file("out.mp4");
  const Words job = job_to(output, "-c:v mpeg4 -an");
  // In the way of the one that clears up.
  const std::string obstacle = state_of(output) + "/segment-9-9";
  fs::create_directories(obstacle);
  Ended end = run_in(place, job);
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("warning: output: remove"), std::string::npos) << end.err;
  ASSERT_TRUE(fs::exists(state_of(output)));
  const std::string made = read_file(output);

  fs::remove(obstacle);
  end = run_in(place, job);
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("is finished already"), std::string::npos) << end.err;
  EXPECT_TRUE(read_file(output) == made);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
}

TEST(ResumableJob, WithSeveralOutputsGoesOnWithAll) {
  const auto job = [](const Place& place) {
    return transcode(Words{"-nostats", "-i", clip("film")} +
                     words("--resumable --segment-seconds 1 -vf realtime=speed=8 -c:v mpeg4") +
                     Words{place.file("a.mp4")} + words("-s 160x90 -c:v mpeg4 -bf 1 -an") +
                     Words{place.file("b.mp4")});
  };
  const Place quiet;
  ASSERT_EQ(run_in(quiet, job(quiet)).code, 0);
  const Place place;
  ASSERT_NO_FATAL_FAILURE(cut_off(place, job(place), place.file("a.mp4"), 2));
  const Ended end = run_in(place, job(place));
  EXPECT_EQ(end.code, 0) << end.err;
  for (const char* name : {"a.mp4", "b.mp4"})
    EXPECT_TRUE(read_file(place.file(name)) == read_file(quiet.file(name))) << name;
  EXPECT_EQ(place.leftovers(), "a.mp4 b.mp4 ");
}

TEST(ResumableJob, ThatIsRefusedLeavesNothing) {
  const Place place;
  const std::string output = place.file("out.mp4");
  const struct {
    const char* options;
    const char* to;
    const char* part;
  } cases[] = {
      {"-c:v mpeg4 -pass 1 -b:v 1M", "", "-pass looks at the whole film"},
      {"-c:v mpeg4 -f matroska", "-", "is no ordinary file"},
      {"-c:v mpeg4 -f matroska", "/dev/null", "is no ordinary file"},
      {"-f null", "nowhere", "is no ordinary file"},
      {"-c:v mpeg4 -q:v 0x", "", "q"},
  };
  for (const auto& each : cases) {
    const Ended end =
        run_in(place, job_to(each.to[0] == '\0' ? output : std::string(each.to), each.options));
    EXPECT_EQ(end.code, kUsage) << each.options << ": " << end.err;
    EXPECT_NE(end.err.find(each.part), std::string::npos) << end.err;
    EXPECT_EQ(place.leftovers(), "") << each.options;
  }
  std::ofstream(output) << "there already";
  EXPECT_EQ(run_in(place, job_to(output, "-c:v mpeg4")).code, kOutput);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
}

TEST(ResumableJob, OnAFullDiskSaysSoAndKeepsWhatItHas) {
  const ScratchDisk disk("size=1m");
  if (!disk.mounted()) GTEST_SKIP() << "only root may make a small disk";
  const std::string output = disk.path() + "/out.mkv";
  const Ended end = run(job_to(output, "-c:v mpeg4 -q:v 2 -an"));
  EXPECT_EQ(end.code, kOutput) << end.err;
  EXPECT_TRUE(end.err.find("the disk is full") != std::string::npos ||
              end.err.find("make room on that disk") != std::string::npos)
      << end.err;
  EXPECT_FALSE(fs::exists(output));
  EXPECT_GT(segments_kept(output), 0);
}

}  // namespace
}  // namespace latham::test
