// SPDX-License-Identifier: MIT
// A decoder dies, and a system call of the supervisor fails while it joins another one in its place (over shared memory)
// or begins the job again (over pipes).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/faulty.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

Words job_to(const std::string& output, const char* transport) {
  return Words{"-i", clip("tiny")} +
         words(
             "-vf hflip -c:v libx264 -preset ultrafast -threads 1 --stage-retries 2 --transport") +
         Words{transport, output};
}

/// One run whose decoder dies in the middle (`deaths` 1) or not, with at most one fault.
struct Struck {
  Place place;
  Ended end;
  bool family_left = false;
  FaultPage page{};

  Struck(std::uint32_t deaths, const char* transport, FaultPage order) {
    const FaultFile file(order);
    const Trapped trapped({TrapKind::killed, deaths, 12, 0, 0, 0});
    Program job(trapped.transcode(job_to(place.file("out.mp4"), transport)),
                place.settings() + file.settings());
    end = job.wait();
    family_left = !job.family().empty();
    page = file.read();
  }
};

/// Which calls to strike of `count`; some of each: of those that come last, as many as the death costs.
std::vector<std::uint32_t> numbers_behind(std::uint32_t start, std::uint32_t count,
                                          std::size_t error) {
  if (all_faults()) return numbers(count, error);
  std::vector<std::uint32_t> chosen = numbers(count - start, error);
  for (std::uint32_t& number : chosen) number += start;
  return chosen;
}

const Fault kFaults[] = {
    {"close", {EINTR, EIO}},
    {"dup2", {EINTR, EMFILE}},
    {"execve", {ENOMEM, EMFILE}},
    {"fcntl", {EMFILE, ENOMEM}},
    {"fork", {EAGAIN}},
    {"fstat", {ENOMEM}},
    {"ftruncate", {EINTR, ENOMEM}},
    {"kill", {EPERM}},
    {"memfd_create", {EMFILE, ENOMEM}},
    {"mmap", {ENOMEM}},
    {"munmap", {ENOMEM}},
    {"open", {EINTR, EMFILE}},
    {"pidfd_open", {EMFILE}},
    {"pipe2", {EMFILE}},
    {"poll", {EINTR, ENOMEM}},
    {"read", {EINTR, EAGAIN}},
    {"sendmsg", {EINTR, ENOMEM}},
    {"socketpair", {EMFILE}},
    {"waitid", {EINTR}},
    {"write", {EINTR, EAGAIN}},
};

/// Each over both transports, but for those that a successor does not cause.
std::vector<std::tuple<const char*, Fault>> all_of_both() {
  std::vector<std::tuple<const char*, Fault>> all;
  for (const char* transport : {"shm", "pipe"})
    for (const Fault& fault : kFaults)
      // Where a stage is replaced nobody is killed.
      if (fault.call != "kill" || transport == std::string("pipe"))
        all.emplace_back(transport, fault);
  return all;
}

class FaultInASuccession : public testing::TestWithParam<std::tuple<const char*, Fault>> {};

TEST_P(FaultInASuccession, LeavesAFileOrALine) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const auto& [transport, fault] = GetParam();
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  const Struck quiet(0, transport, {-1, 0, 0, 0, {}});
  const Struck died(1, transport, {-1, 0, 0, 0, {}});
  ASSERT_EQ(died.end.code, 0) << died.end.err;
  const std::string file = read_file(quiet.place.file("out.mp4"));
  const std::uint32_t count = died.page.calls[call];
  const std::uint32_t start = quiet.page.calls[call];
  ASSERT_GT(count, start) << "is not called for a successor";
  unsigned struck = 0;
  for (std::size_t i = 0; i < fault.errors.size(); ++i) {
    const int error = fault.errors[i];
    for (const std::uint32_t number : numbers_behind(start, count, i)) {
      const std::string what = fmt::format("{} fails at call {} of {}: {}", fault.call, number,
                                           count, ::strerrorname_np(error));
      SCOPED_TRACE(what);
      const Struck run(1, transport, {call, number, error, 0, {}});
      EXPECT_FALSE(run.family_left) << "somebody of the job still lives";
      // Or the death is told, where nobody could say that the input can be read once more.
      expect_right_end(run.end, run.place, file, error, true);
      if (shows_faults()) std::cout << what << " -> " << run.end.code << " " << run.end.err << "\n";
      struck += run.page.struck;
    }
  }
  std::cout << struck << " faults, " << count << " calls\n";
  EXPECT_GT(struck, 0U);
}

INSTANTIATE_TEST_SUITE_P(Of, FaultInASuccession, testing::ValuesIn(all_of_both()),
                         [](const auto& test) {
                           return fmt::format("{}_{}", std::get<0>(test.param),
                                              std::get<1>(test.param).call);
                         });

}  // namespace
}  // namespace latham::test
