// SPDX-License-Identifier: MIT
// Each system call of the supervisor fails once, at its n-th time, and then those of each stage. The job either ends
// well with the right file, or with one line, the right exit code, and nothing left behind. LATHAM_FAULTS=all tries
// every n; without it some of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "tests/process/clips.h"
#include "tests/process/faulty.h"
#include "tests/process/place.h"
#include "tests/process/programs.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

const Fault kOfTheSupervisor[] = {
    {"bind", {ENOMEM, ENOSPC}},
    {"close", {EINTR, EIO}},
    {"dup2", {EINTR, EMFILE}},
    {"execve", {ENOMEM, EMFILE, EIO}},
    {"fcntl", {EMFILE, ENOMEM}},
    {"flock", {EINTR, ENOLCK}},
    {"fork", {EAGAIN, ENOMEM}},
    {"fstat", {ENOMEM, EIO}},
    {"fsync", {EINTR, EIO, ENOSPC}},
    {"ftruncate", {EINTR, ENOMEM, ENOSPC}},
    {"getrandom", {EINTR}},
    {"kill", {EPERM}},
    {"listen", {EADDRINUSE}},
    {"lstat", {ENOMEM, EIO}},
    {"mkdir", {ENOSPC, EIO, ENOMEM}},
    {"mmap", {ENOMEM, EAGAIN}},
    {"munmap", {ENOMEM}},
    {"memfd_create", {EMFILE, ENOMEM}},
    {"open", {EINTR, EMFILE, ENOMEM, EIO, ENOSPC}},
    {"openat", {EINTR, EMFILE, ENOMEM, EIO}},
    {"pidfd_open", {EMFILE, ENOMEM}},
    {"pipe2", {EMFILE}},
    {"poll", {EINTR, ENOMEM}},
    {"pwrite", {EINTR, ENOSPC, EIO}},
    {"read", {EINTR, EAGAIN, EIO}},
    {"readdir", {EIO, ENOMEM}},
    {"readlink", {EIO, ENOMEM}},
    {"renameat", {EIO, ENOSPC, ENOMEM}},
    {"renameat2", {EIO, ENOSPC, ENOMEM}},
    {"sendmsg", {EINTR, EAGAIN, ENOMEM}},
    {"signalfd", {EMFILE, ENOMEM}},
    {"socket", {EMFILE, ENOMEM}},
    {"socketpair", {EMFILE, ENOMEM}},
    {"stat", {ENOMEM, EIO}},
    {"waitid", {EINTR}},
    {"write", {EINTR, EAGAIN, EIO}},
};

/// What stages call by themselves: memory, channels, files, waits.
const Fault kOfAStage[] = {
    {"eventfd", {EMFILE, ENOMEM}}, {"fstat", {ENOMEM, EIO}},        {"madvise", {EAGAIN, ENOMEM}},
    {"mmap", {ENOMEM, EAGAIN}},    {"poll", {EINTR, ENOMEM}},       {"read", {EINTR, EIO}},
    {"recvmsg", {EINTR, ENOMEM}},  {"write", {EINTR, EIO, ENOSPC}}, {"close", {EINTR, EIO}},
    {"munmap", {ENOMEM}},
};

constexpr const char* kWrites = "hflip";
constexpr const char* kKeeps = "reverse";  // all frames, in private memory

Words job_to(const std::string& program, const std::string& output, const char* transport,
             const char* graph) {
  return Words{program, "transcode", "-i", clip("tiny"), "-vf", graph} +
         words("-c:v libx264 -preset ultrafast -threads 1 --transport") + Words{transport, output};
}

const std::string& quiet_file(const std::string& graph) {
  static std::map<std::string, std::string> files;
  std::string& file = files[graph];
  if (file.empty())
    file = undisturbed_file(
        [&](const std::string& to) { return job_to(latham_program(), to, "shm", graph.c_str()); });
  return file;
}

/// One run with at most one fault in the supervisor ("") or a stage.
struct Struck {
  Place place;
  Ended end;
  bool family_left = false;
  FaultPage page{};

  Struck(const std::string& stage, const char* transport, const char* graph, FaultPage order) {
    const FaultFile file(order);
    const Words injected = file.settings();
    Words settings = place.settings();
    std::optional<Programs> programs;
    if (stage.empty()) {
      settings = settings + injected;
    } else {
      programs.emplace(stage, injected);
    }
    Program job(job_to(programs ? programs->latham() : latham_program(), place.file("out.mp4"),
                       transport, graph),
                settings);
    end = job.wait();
    family_left = !job.family().empty();
    page = file.read();
  }
};

void strike_all(const std::string& stage, const char* transport, const Fault& fault,
                const char* graph = kWrites) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  const Struck quiet(stage, transport, graph, {-1, 0, 0, 0, {}});
  ASSERT_EQ(quiet.end.code, 0) << quiet.end.err;
  const std::uint32_t count = quiet.page.calls[call];
  if (count == 0) GTEST_SKIP() << "is not called in this job";
  unsigned struck = 0;
  for (std::size_t i = 0; i < fault.errors.size(); ++i) {
    const int error = fault.errors[i];
    for (const std::uint32_t number : numbers(count, i)) {
      const std::string what =
          fmt::format("{} {} fails at call {} of {}: {}", stage.empty() ? "latham" : stage,
                      fault.call, number, count, ::strerrorname_np(error));
      SCOPED_TRACE(what);
      const Struck run(stage, transport, graph, {call, number, error, 0, {}});
      EXPECT_FALSE(run.family_left) << "somebody of the job still lives";
      expect_right_end(run.end, run.place, quiet_file(graph), error,
                       !stage.empty() && fault.call == "write");
      if (shows_faults()) std::cout << what << " -> " << run.end.code << " " << run.end.err << "\n";
      struck += run.page.struck;
    }
  }
  std::cout << struck << " faults, " << count << " calls\n";
  EXPECT_GT(struck, 0U);
}

class FaultOfTheSupervisor : public testing::TestWithParam<Fault> {};

TEST_P(FaultOfTheSupervisor, LeavesAFileOrALine) {
  strike_all("", "shm", GetParam());
}

const auto kCallName = [](const auto& test) { return std::string(test.param.call); };
INSTANTIATE_TEST_SUITE_P(Call, FaultOfTheSupervisor, testing::ValuesIn(kOfTheSupervisor),
                         kCallName);

/// Where pipes make the supervisor do something else.
class FaultOverPipes : public testing::TestWithParam<Fault> {};

TEST_P(FaultOverPipes, LeavesAFileOrALine) {
  strike_all("", "pipe", GetParam());
}

INSTANTIATE_TEST_SUITE_P(Call, FaultOverPipes,
                         testing::Values(Fault{"pipe2", {EMFILE, ENFILE}},
                                         Fault{"fcntl", {EMFILE, EPERM}},
                                         Fault{"sendmsg", {EINTR, ENOMEM}}),
                         kCallName);

class FaultOfAStage : public testing::TestWithParam<std::tuple<const char*, Fault>> {};

TEST_P(FaultOfAStage, LeavesAFileOrALine) {
  strike_all(std::get<0>(GetParam()), "shm", std::get<1>(GetParam()));
}

/// A filter that moves frames to private memory.
TEST(FaultOfAFilterThatKeeps, LeavesAFileOrALine) {
  strike_all("filter", "shm", {"mremap", {ENOMEM}}, kKeeps);
}

const auto kStageAndCall = [](const auto& test) {
  return fmt::format("{}_{}", std::get<0>(test.param), std::get<1>(test.param).call);
};
INSTANTIATE_TEST_SUITE_P(Call, FaultOfAStage,
                         testing::Combine(testing::Values("decoder", "filter", "encoder"),
                                          testing::ValuesIn(kOfAStage)),
                         kStageAndCall);
// The decoder need not sleep at all.
INSTANTIATE_TEST_SUITE_P(Sleep, FaultOfAStage,
                         testing::Combine(testing::Values("filter", "encoder"),
                                          testing::Values(Fault{"futex", {EINTR, EAGAIN}})),
                         kStageAndCall);
INSTANTIATE_TEST_SUITE_P(OutputCall, FaultOfAStage,
                         testing::Combine(testing::Values("encoder"),
                                          testing::Values(Fault{"pwrite", {EINTR, ENOSPC, EIO}})),
                         kStageAndCall);

}  // namespace
}  // namespace latham::test
