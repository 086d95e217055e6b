// SPDX-License-Identifier: MIT
// The power fails: at its n-th system call of a kind the supervisor dies, all stages with it, and what was not synced is
// lost, in each of the ways in which file systems lose it. LATHAM_FAULTS=all tries every n; without it some of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/cut_off.h"
#include "tests/process/disk.h"
#include "tests/process/faulty.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

constexpr FaultPage kNone{-1, 0, 0, 0, {}};

/// Runs the job until it ends or is struck; nobody of it lives then.
FaultPage run_struck(const Words& job, const Place& place, const Disk& disk,
                     const FaultPage& order) {
  const FaultFile page(order);
  Program program(job, place.settings() + page.settings(DISK_KEEPER) + disk.settings());
  EXPECT_FALSE(program.wait().hung);
  EXPECT_TRUE(program.until_alone());
  return page.read();
}

class LostWrites : public testing::TestWithParam<std::tuple<const char*, Loss>> {
 protected:
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  }

  const std::string call_ = std::get<0>(GetParam());
  const int index_ = index_of_call(call_.c_str());
  const Loss loss_ = std::get<1>(GetParam());
};

TEST_P(LostWrites, OfAResumableJobAreMadeAgain) {
  const auto job = [](const Place& place) {
    return resumable_job(latham_program(), place.file("out.mp4"));
  };
  const Place quiet;
  const std::uint32_t count =
      run_struck(job(quiet), quiet, Disk(quiet.folder()), kNone).calls[index_];
  ASSERT_GT(count, 0U) << "is not called in this job";
  unsigned struck = 0;
  for (const std::uint32_t number : numbers(count, 0)) {
    SCOPED_TRACE(fmt::format("{} of {}", number, count));
    const Place place;
    const Disk disk(place.folder());
    // What was gone on with is cut off, too.
    for (int cut = 0; cut < 2; ++cut) {
      struck += run_struck(job(place), place, disk, {index_, number, kDies, 0, {}}).struck;
      disk.lose(loss_);
    }
    expect_goes_on(place);
  }
  std::cout << struck << " cuts\n";
  EXPECT_GT(struck, 0U);
}

TEST_P(LostWrites, NeverLeaveHalfAFileUnderTheFinalName) {
  const auto job = [](const Place& place) {
    return transcode(Words{"-nostats", "-y", "-i", clip("tiny")} + words("-c:v mpeg4 -q:v 5") +
                     Words{place.file("out.mp4")});
  };
  const Place quiet;
  const std::uint32_t count =
      run_struck(job(quiet), quiet, Disk(quiet.folder()), kNone).calls[index_];
  const std::string whole = read_file(quiet.file("out.mp4"));
  ASSERT_FALSE(whole.empty());
  if (count == 0) GTEST_SKIP() << "is not called in this job";
  for (const std::string old : {"", "what was there before"}) {
    std::uint32_t struck = 0;
    for (const std::uint32_t number : numbers(count, 0)) {
      SCOPED_TRACE(fmt::format("{} of {}, '{}' before", number, count, old));
      const Place place;
      if (!old.empty()) std::ofstream(place.file("out.mp4")) << old;
      const Disk disk(place.folder());
      struck += run_struck(job(place), place, disk, {index_, number, kDies, 0, {}}).struck;
      disk.lose(loss_);
      EXPECT_TRUE(place.has("out.mp4") || old.empty());
      if (place.has("out.mp4")) {
        const std::string found = read_file(place.file("out.mp4"));
        EXPECT_TRUE(found == whole || (found == old && !old.empty())) << found.size();
      }
      EXPECT_EQ(Program(job(place), place.settings()).wait().code, 0);
      EXPECT_TRUE(read_file(place.file("out.mp4")) == whole);
    }
    EXPECT_GT(struck, 0U);
  }
}

TEST(LostWritesOfAFinishedJob, AreNone) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  for (const char* more : {"", "--resumable"}) {
    const Place place;
    const Disk disk(place.folder());
    run_struck(transcode(Words{"-i", clip("tiny")} + words("-c:v mpeg4") + words(more) +
                         Words{place.file("out.mp4")}),
               place, disk, kNone);
    const std::string whole = read_file(place.file("out.mp4"));
    EXPECT_FALSE(whole.empty()) << more;
    disk.lose({.name = "All", .bytes = true, .names_above = true, .names_within = true});
    EXPECT_TRUE(read_file(place.file("out.mp4")) == whole) << more;
  }
}

TEST(LostWritesBehindASegment, LeaveItAndThoseBeforeIt) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  // Renamed are the session's socket and the plan, then each segment.
  for (const std::uint32_t number : {4U, 5U, 7U}) {
    const Place place;
    const Disk disk(place.folder());
    const Words job = resumable_job(latham_program(), place.file("out.mp4"));
    const int call = index_of_call("renameat");
    ASSERT_EQ(run_struck(job, place, disk, {call, number, kDies, 0, {}}).struck, 1U);
    disk.lose({.name = "All", .bytes = true, .names_above = true, .names_within = true});
    const Ended end = Program(job, place.settings()).wait();
    EXPECT_EQ(end.code, 0);
    EXPECT_NE(end.err.find(fmt::format("{} of its segments are there", number - 3)),
              std::string::npos)
        << end.err;
  }
}

TEST(LostRemovals, InAnyOrderAreMadeAgain) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const Place place;
  const Disk disk(place.folder());
  run_struck(resumable_job(latham_program(), place.file("out.mp4")), place, disk, kNone);
  disk.lose({.name = "Names", .names_above = true, .names_within = true});
  ASSERT_TRUE(place.has("out.mp4.latham/finished"));
  // Of all removals the last one alone survives.
  std::filesystem::remove(place.file("out.mp4.latham/finished"));
  expect_goes_on(place);
}

INSTANTIATE_TEST_SUITE_P(
    By, LostWrites,
    testing::Combine(
        testing::Values("open", "openat", "write", "fsync", "renameat", "renameat2", "unlinkat"),
        testing::Values(
            Loss{.name = "All", .bytes = true, .names_above = true, .names_within = true},
            Loss{.name = "Bytes", .bytes = true},
            Loss{.name = "BytesThatAreZeros", .bytes = true, .are_zeros = true},
            Loss{.name = "Names", .names_above = true, .names_within = true},
            Loss{.name = "NamesAbove", .names_above = true},
            Loss{.name = "NamesWithin", .names_within = true})),
    [](const auto& test) {
      return fmt::format("{}_{}", std::get<0>(test.param), std::get<1>(test.param).name);
    });

}  // namespace
}  // namespace latham::test
