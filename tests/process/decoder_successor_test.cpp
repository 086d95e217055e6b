// SPDX-License-Identifier: MIT
// A decoder dies or hangs at a chosen packet and another one goes on in its place, while filter and encoder live on: the
// file is the one that a quiet run makes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "tests/process/clips.h"
#include "tests/process/footprint.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

constexpr const char* kGoesOn = "another one goes on in its place";
constexpr const char* kBeginsAgain = "the job begins again";

struct Case {
  const char* name;
  const char* clip;
  const char* before_input;
  const char* options;
  std::uint32_t last;  ///< Packets of pictures, the end of them included.
};

Words job_to(const Case& c, const std::string& output) {
  return words(c.before_input) + Words{"-i", clip(c.clip)} +
         words("-c:v libx264 -preset ultrafast -threads 1 -fflags +bitexact") + words(c.options) +
         Words{output};
}

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

std::string quiet_file(const Case& c) {
  return undisturbed_file([&](const std::string& to) { return transcode(job_to(c, to)); });
}

void expect_same_file(const Case& c, const std::string& quiet, const TrapPage& trap,
                      const Words& more = {}) {
  SCOPED_TRACE(fmt::format("{} at packet {}", c.name, trap.number));
  const Place place;
  const Trapped trapped(trap);
  Program job(
      trapped.transcode(words("--stage-retries 20") + more + job_to(c, place.file("out.mp4"))),
      place.settings());
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  // One that dies in its first packet may do so before all others have begun: then so does the job.
  const int again = occurrences(end.err, kBeginsAgain);
  EXPECT_EQ(occurrences(end.err, kGoesOn) + again, static_cast<int>(trapped.sprung())) << end.err;
  EXPECT_GE(trapped.sprung(), 1U);
  EXPECT_TRUE(again == 0 || trap.number == 1) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  EXPECT_EQ(place.leftovers(), "out.mp4 ");
  EXPECT_TRUE(job.family().empty());
}

class DecoderSuccessor : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  }
};

TEST_P(DecoderSuccessor, MakesTheSameFile) {
  const Case& c = GetParam();
  const std::string quiet = quiet_file(c);
  ASSERT_FALSE(quiet.empty());
  // Before the first frame, in the middle, at the end of the input.
  for (const std::uint32_t number : {1U, c.last / 2, c.last})
    expect_same_file(c, quiet, {TrapKind::crash, 1, number, 0, 0, 0});
}

INSTANTIATE_TEST_SUITE_P(
    Of, DecoderSuccessor,
    testing::Values(Case{"Alone", "film", "", "-c:a copy", 201},
                    Case{"FilterThatWrites", "film", "", "-vf hflip -c:a aac", 201},
                    Case{"FilterThatShowsItsFrames", "film", "", "-vf crop=iw/2:ih -c:a aac", 201},
                    Case{"FilterWithMemory", "film", "", "-vf tmix=frames=3 -an", 201},
                    Case{"SeekAndLength", "film", "-ss 2 -t 3", "-c:a copy", 80},
                    Case{"Loop", "film", "-stream_loop 1", "-c:a aac", 402},
                    Case{"Subtitles", "subtitled", "", "-c:a copy -c:s mov_text", 20},
                    Case{"Interlaced", "broadcast", "", "-c:a copy", 26},
                    Case{"NoSlotsOfItsOwn", "raw", "", "", 26}),
    [](const auto& test) { return std::string(test.param.name); });

constexpr Case kFilm{"Film", "film", "", "-vf hflip -c:a copy", 201};

using OneDecoderSuccessor = DecoderSuccessor;
INSTANTIATE_TEST_SUITE_P(Of, OneDecoderSuccessor, testing::Values(kFilm),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(OneDecoderSuccessor, IsFollowedByAnother) {
  expect_same_file(kFilm, quiet_file(kFilm), {TrapKind::crash, 3, 5, 70, 0, 0});
}

TEST_P(OneDecoderSuccessor, EightyTimesInARowLeavesNothingInThoseWhoLiveOn) {
  // The filter shows the decoder's pictures, so the encoder maps each life's pool.
  const Case c{"Shown", "film", "", "-vf crop=iw/2:ih -c:a copy", 201};
  const std::string quiet = quiet_file(c);
  const Place place;
  const Trapped trapped({TrapKind::killed, 80, 2, 2, 0, 0});
  Program job(trapped.transcode(words("--stage-retries 1000") + job_to(c, place.file("out.mp4"))),
              place.settings());
  ASSERT_TRUE(job.until([&] { return occurrences(job.err(), kGoesOn) >= 1; })) << job.err();
  const std::array living = {job.pid(), job.stage("filter").value_or(0),
                             job.stage("encoder").value_or(0)};
  std::array<Footprint, living.size()> early;
  std::array<Footprint, living.size()> late;
  (void)job.until([&] {
    auto& so_far = occurrences(job.err(), kGoesOn) <= 10 ? early : late;
    for (std::size_t i = 0; i < living.size(); ++i)
      so_far[i] = largest(so_far[i], footprint_of(living[i]));
    return false;
  });
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(trapped.sprung(), 80U);
  EXPECT_EQ(occurrences(end.err, kBeginsAgain), 0) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
  constexpr std::size_t kOnTheWay = 8;  // in the middle of a succession
  for (std::size_t i = 0; i < living.size(); ++i) {
    EXPECT_GT(late[i].descriptors, 0U) << i;
    EXPECT_LE(late[i].descriptors, early[i].descriptors + kOnTheWay) << i;
    EXPECT_LE(late[i].shared_regions, early[i].shared_regions + kOnTheWay) << i;
  }
}

TEST_P(OneDecoderSuccessor, FollowsOneThatHangs) {
  expect_same_file(kFilm, quiet_file(kFilm), {TrapKind::hang, 1, 100, 0, 0, 0},
                   words("--stage-timeout 5"));
}

TEST_P(OneDecoderSuccessor, WithOneThreadIsAtTheEndOfTEarlierThanOneWithMany) {
  // Eight threads give the last picture before the end only once they have many packets from behind it.
  const Case threads{"Threads", "film", "-threads 8 -t 2", "-c:a copy", 0};
  expect_same_file(threads, quiet_file(threads), {TrapKind::crash, 1, 58, 0, 0, 0},
                   words("--skip-bad"));
}

TEST_P(OneDecoderSuccessor, GivesEachOfTwoOutputsItsFile) {
  const auto job_to = [](const Place& place) {
    const Words settings = words("-c:v libx264 -preset ultrafast -threads 1 -fflags +bitexact");
    return Words{"-i", clip("film")} + settings + words("-c:a aac -vf hflip") +
           Words{place.file("a.mkv")} + settings + words("-c:a copy") + Words{place.file("b.mkv")};
  };
  const Place quiet;
  ASSERT_EQ(run(transcode(job_to(quiet))).code, 0);
  const Place place;
  const Trapped trapped({TrapKind::crash, 1, 90, 0, 0, 0});
  Program job(trapped.transcode(words("--stage-retries 1") + job_to(place)), place.settings());
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kGoesOn), 1) << end.err;
  for (const char* name : {"a.mkv", "b.mkv"})
    EXPECT_TRUE(read_file(place.file(name)) == read_file(quiet.file(name))) << name;
}

TEST_P(OneDecoderSuccessor, OfOneThatDamagedItsPoolThereIsNoneAndTheJobBeginsAgain) {
  const std::string quiet = quiet_file(kFilm);
  for (const TrapKind kind : {TrapKind::no_end, TrapKind::damages}) {
    for (const char* retries : {"0", "2"}) {
      SCOPED_TRACE(fmt::format("kind {}, {} retries", static_cast<int>(kind), retries));
      const Place place;
      const Trapped trapped({kind, 1, 90, 0, 0, 0});
      Program job(trapped.transcode(Words{"--stage-retries", retries} +
                                    job_to(kFilm, place.file("out.mp4"))),
                  place.settings());
      const Ended end = job.wait();
      const bool tries = retries[0] != '0';
      EXPECT_EQ(end.code, tries ? 0 : 6) << end.err;
      EXPECT_EQ(occurrences(end.err, kBeginsAgain), tries ? 1 : 0) << end.err;
      EXPECT_TRUE(!tries || read_file(place.file("out.mp4")) == quiet);
    }
  }
}

TEST_P(OneDecoderSuccessor, OverPipesTheJobBeginsAgain) {
  const std::string quiet = quiet_file(kFilm);
  const Place place;
  const Trapped trapped({TrapKind::crash, 1, 90, 0, 0, 0});
  Program job(trapped.transcode(words("--stage-retries 1 --transport pipe") +
                                job_to(kFilm, place.file("out.mp4"))),
              place.settings());
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, kBeginsAgain), 1) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet);
}

TEST_P(OneDecoderSuccessor, OfAnInputThatCannotBeReadAgainThereIsNone) {
  const Place place;
  const Trapped trapped({TrapKind::crash, 1, 90, 0, 0, 0});
  const std::string out = place.file("out.mp4");
  Program job(
      {"/bin/sh", "-c",
       fmt::format("cat '{}' | '{}' transcode --stage-retries 1 -f matroska -i - -c:v libx264 "
                   "-preset ultrafast '{}'",
                   clip("film"), trapped.latham(), out)},
      place.settings());
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 6) << end.err;
  EXPECT_EQ(place.leftovers(), "");
}

// A pause of the window's and Ctrl-C while it catches up: see is_to_end() and Watch::start_frames().
TEST_P(OneDecoderSuccessor, StoppedWhileItCatchesUpEndsWithAWholeFile) {
  const Place place;
  const Trapped trapped({TrapKind::crash, 1, 180, 0, 0, 0});
  Program job(trapped.transcode(words("--stage-retries 1") + job_to(kFilm, place.file("out.mp4"))),
              place.settings());
  ASSERT_TRUE(job.until([&] { return occurrences(job.err(), kGoesOn) == 1; })) << job.err();
  job.signal(SIGINT);
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 130) << end.err;
  EXPECT_EQ(
      run(words("ffmpeg -v error -xerror -i") + Words{place.file("out.mp4")} + words("-f null -"))
          .code,
      0);
}

}  // namespace
}  // namespace latham::test
