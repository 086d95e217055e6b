// SPDX-License-Identifier: MIT
// Each system call of the supervisor fails once, at its n-th time, and then those of each stage. The job either ends
// well with the right file, or with one line, the right exit code, and nothing left behind. LATHAM_FAULTS=all tries
// every n; without it some of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <iostream>
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
    {"dup2", {EINTR, EMFILE}},
    {"execve", {ENOMEM, EMFILE, EIO}},
    {"fcntl", {EMFILE, ENOMEM}},
    {"flock", {EINTR, ENOLCK}},
    {"fork", {EAGAIN, ENOMEM}},
    {"fstat", {ENOMEM, EIO}},
    {"fsync", {EINTR, EIO, ENOSPC}},
    {"ftruncate", {EINTR, ENOMEM, ENOSPC}},
    {"getrandom", {EINTR}},
    {"listen", {EADDRINUSE}},
    {"mkdir", {ENOSPC, EIO, ENOMEM}},
    {"mmap", {ENOMEM, EAGAIN}},
    {"memfd_create", {EMFILE, ENOMEM}},
    {"open", {EINTR, EMFILE, ENOMEM, EIO, ENOSPC}},
    {"openat", {EINTR, EMFILE, ENOMEM, EIO}},
    {"pidfd_open", {EMFILE, ENOMEM}},
    {"pipe2", {EMFILE}},
    {"poll", {EINTR, ENOMEM}},
    {"pwrite", {EINTR, ENOSPC, EIO}},
    {"read", {EINTR, EAGAIN, EIO}},
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
    {"recvmsg", {EINTR, ENOMEM}},  {"write", {EINTR, EIO, ENOSPC}},
};

Words job_to(const std::string& program, const std::string& output, const char* transport) {
  return Words{program, "transcode", "-i", clip("tiny")} +
         words("-vf hflip -c:v libx264 -preset ultrafast -threads 1 --transport") +
         Words{transport, output};
}

const std::string& quiet_file() {
  static const std::string file =
      undisturbed_file([](const std::string& to) { return job_to(latham_program(), to, "shm"); });
  return file;
}

/// One run with at most one fault in the supervisor ("") or a stage.
struct Struck {
  Place place;
  Ended end;
  bool family_left = false;
  FaultPage page{};

  Struck(const std::string& stage, const char* transport, FaultPage order) {
    const FaultFile file(order);
    const Words injected = file.settings();
    Words settings = place.settings();
    std::optional<Programs> programs;
    if (stage.empty()) {
      settings = settings + injected;
    } else {
      programs.emplace(stage, injected);
    }
    Program job(
        job_to(programs ? programs->latham() : latham_program(), place.file("out.mp4"), transport),
        settings);
    end = job.wait();
    family_left = !job.family().empty();
    page = file.read();
  }
};

/// `mute`: what failed is a stage's only way to say why it ends.
void expect_right_end(const Struck& run, int error, bool mute) {
  ASSERT_FALSE(run.end.hung) << run.end.err;
  EXPECT_FALSE(run.family_left) << "somebody of the job still lives";
  EXPECT_EQ(run.end.signal, 0) << run.end.err;
  if (run.end.code == 0) {
    // An input that cannot be read to its end is used as far as it goes, and that is said.
    const bool cut = run.end.err.find("what came before it is kept") != std::string::npos;
    EXPECT_TRUE((cut && error != EINTR) || read_file(run.place.file("out.mp4")) == quiet_file());
    EXPECT_EQ(run.place.leftovers(), "out.mp4 ");
    return;
  }
  EXPECT_NE(error, EINTR) << "an interrupted call is to be made again: " << run.end.err;
  const int code = run.end.code;
  EXPECT_TRUE(code == 1 || code == 3 || code == 4 || (mute && code == 6))
      << code << " " << run.end.err;
  EXPECT_EQ(final_lines(run.end.err), 1) << run.end.err;
  EXPECT_EQ(run.place.leftovers(), "") << run.end.err;
}

void strike_all(const std::string& stage, const char* transport, const Fault& fault) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  const Struck quiet(stage, transport, {-1, 0, 0, 0, {}});
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
      const Struck run(stage, transport, {call, number, error, 0, {}});
      expect_right_end(run, error, !stage.empty() && fault.call == "write");
      if (shows_faults()) std::cout << what << " -> " << run.end.code << " " << run.end.err << "\n";
      struck += run.page.struck;
    }
  }
  std::cout << struck << " faults\n";
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
