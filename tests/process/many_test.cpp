// SPDX-License-Identifier: MIT
// Many jobs at once, and many one after another. LATHAM_SIDE_BY_SIDE (64) and LATHAM_IN_A_ROW (50) say how many.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/footprint.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

unsigned setting(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr && std::getenv("LATHAM_FEW_CLIPS") != nullptr) return 4;
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

Words job_to(const std::string& output, const char* transport) {
  return transcode(Words{"-i", clip("h264")} +
                   words("-vf hflip -c:v libx264 -preset ultrafast -threads 1 --transport") +
                   Words{transport, output});
}

const std::string& quiet_file() {
  static const std::string file =
      undisturbed_file([](const std::string& to) { return job_to(to, "shm"); });
  return file;
}

TEST(ManyJobs, SideBySideAllFinishWithTheRightFile) {
  const unsigned count = setting("LATHAM_SIDE_BY_SIDE", 64);
  ASSERT_FALSE(quiet_file().empty());
  const Place place;
  std::vector<std::unique_ptr<Program>> jobs;
  for (unsigned i = 0; i < count; ++i)
    jobs.push_back(std::make_unique<Program>(
        job_to(place.file(std::to_string(i) + ".mp4"), i % 4 == 3 ? "pipe" : "shm"),
        place.settings()));
  for (unsigned i = 0; i < count; ++i) {
    const Ended end = jobs[i]->wait();
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(end.code, 0) << "job " << i << ": " << end.err;
    EXPECT_TRUE(read_file(place.file(std::to_string(i) + ".mp4")) == quiet_file()) << "job " << i;
    EXPECT_TRUE(jobs[i]->family().empty());
    std::filesystem::remove(place.file(std::to_string(i) + ".mp4"));
  }
  EXPECT_EQ(place.leftovers(), "");
  std::cout << count << " jobs side by side\n";
}

TEST(ManyJobs, OneAfterAnotherLeaveNothing) {
  const unsigned count = setting("LATHAM_IN_A_ROW", 50);
  ASSERT_FALSE(quiet_file().empty());
  const Place place;
  for (unsigned i = 0; i < count; ++i) {
    Program job(job_to(place.file("out.mp4"), i % 4 == 3 ? "pipe" : "shm"), place.settings());
    const Ended end = job.wait();
    ASSERT_EQ(end.code, 0) << "job " << i << ": " << end.err;
    ASSERT_TRUE(job.family().empty()) << "job " << i;
    ASSERT_TRUE(read_file(place.file("out.mp4")) == quiet_file()) << "job " << i;
    std::filesystem::remove(place.file("out.mp4"));
    ASSERT_EQ(place.leftovers(), "") << "job " << i;
  }
  std::cout << count << " jobs in a row\n";
}

TEST(ManyJobs, ThatBeginAgainAndAgainLeaveNothingInTheirSupervisor) {
  constexpr int kTimes = 12;
  const Place place;
  Program job(transcode(words("-stream_loop 9 -i") + Words{clip("long")} +
                        words("-vf hflip -c:v libx264 -preset ultrafast -threads 1 "
                              "--stage-retries 1000") +
                        Words{place.file("out.mp4")}),
              place.settings());
  Footprint early;
  Footprint late;
  for (int time = 0; time < kTimes; ++time) {
    ASSERT_TRUE(job.until([&] {
      return occurrences(job.err(), "the job begins again") == time && job.stage("encoder") &&
             place.is_growing("out.mp4.part");
    })) << job.err();
    // Frames flow: all that the session needs is open.
    Footprint& now = time < 3 ? early : late;
    now = largest(now, footprint_of(job.pid()));
    ASSERT_EQ(::kill(job.stage("encoder").value(), SIGKILL), 0);
  }
  EXPECT_GT(early.descriptors, 0U);
  EXPECT_LE(late.descriptors, early.descriptors);
  EXPECT_LE(late.shared_regions, early.shared_regions);
}

}  // namespace
}  // namespace latham::test
