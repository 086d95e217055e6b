// SPDX-License-Identifier: MIT
// A long run keeps its memory flat.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // freed memory is kept aside on purpose
#else
constexpr bool kSanitized = false;
#endif

/// Kilobytes of a process's own and shared memory, what it shares counted by its share. Program files
/// are left out: their share grows as other programs end.
long memory_of(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/smaps_rollup", pid));
  long sum = 0;
  for (std::string line; std::getline(in, line);)
    for (const std::string_view field : {"Pss_Anon:", "Pss_Shmem:"})
      if (line.starts_with(field)) sum += std::stol(line.substr(field.size()));
  return sum;
}

long memory_of(const Program& job) {
  long sum = 0;
  for (const pid_t pid : job.family()) sum += memory_of(pid);
  return sum;
}

/// The most within a part of the samples: single samples catch a frame on its way, or not.
long most(const std::vector<long>& samples, double from, double to) {
  const auto at = [&](double share) {
    return samples.begin() +
           static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size()));
  };
  return *std::max_element(at(from), at(to));
}

class TenThousandFrames : public testing::TestWithParam<const char*> {};

TEST_P(TenThousandFrames, KeepMemoryFlat) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's memory grows by design";
  const Place place;
  Program job(transcode(words("-stream_loop 399 -i") + Words{clip("tiny")} +
                        words("-vf hflip -c:v mpeg4 --transport") +
                        Words{GetParam(), place.file("out.mkv")}));
  std::vector<long> samples;
  while (job.is_running()) {
    // From the first bytes on: what comes before is three programs starting, as slowly as they may.
    const bool works = place.is_growing("out.mkv.part");
    if (const long sample = works ? memory_of(job) : 0; sample > 0) samples.push_back(sample);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const Ended end = job.wait();
  ASSERT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("10000 frames"), std::string::npos) << end.err;
  ASSERT_GT(samples.size(), 20U);
  const long early = most(samples, 0.25, 0.4);
  const long late = most(samples, 0.85, 1.0);
  fmt::print("memory of all processes: {} MB after a third, {} MB at the end\n", early / 1024,
             late / 1024);
  // The ring may come to use all of its slots late in the run; a leak of frames would be far more.
  constexpr long kSlots = 12 * 1024;
  EXPECT_LE(late, early + early / 5 + kSlots) << "kB";
}

INSTANTIATE_TEST_SUITE_P(Transports, TenThousandFrames, testing::Values("shm", "pipe"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace latham::test
