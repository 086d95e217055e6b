// SPDX-License-Identifier: MIT
// System calls of `latham ls` fail, and those that a session makes for its visitors. Whoever asks hears the truth or one
// line; the job that is asked goes on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/faulty.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

/// A job that ends when it is told to, and whoever asks for it.
class AskedSession : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  }
  [[nodiscard]] static Words endless() {
    return transcode(words("-loglevel error -stream_loop -1 -i") + Words{clip("tiny")} +
                     words("-c:v ffv1 -f null -"));
  }
  [[nodiscard]] Ended ls(const Words& settings = {}) const {
    return Program({latham_program(), "ls"}, place_.settings() + settings).wait();
  }
  /// How `ls` shows a session that answers.
  [[nodiscard]] static std::string line_of(const Program& job) {
    return fmt::format("{}  running ", job.pid());
  }
  /// Until it answers.
  [[nodiscard]] bool is_listed(Program& job) const {
    return job.until([&] { return ls().out.find(line_of(job)) != std::string::npos; });
  }
  void expect_good_end(Program& job) const {
    job.signal(SIGINT);
    const Ended end = job.wait();
    EXPECT_EQ(end.code, 130) << end.err;
    EXPECT_EQ(place_.leftovers(), "");
  }

  Place place_;
};

class FaultOfLs : public AskedSession {};

TEST_P(FaultOfLs, IsTheTruthOrALine) {
  const Fault& fault = GetParam();
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  Program job(endless(), place_.settings());
  ASSERT_TRUE(is_listed(job)) << job.err();
  const FaultFile quiet({-1, 0, 0, 0, {}});
  ASSERT_EQ(ls(quiet.settings()).code, 0);
  const std::uint32_t count = quiet.read().calls[call];
  ASSERT_GT(count, 0U);
  unsigned struck = 0;
  for (std::size_t i = 0; i < fault.errors.size(); ++i) {
    for (const std::uint32_t number : numbers(count, i)) {
      const int error = fault.errors[i];
      const std::string what = fmt::format("{} fails at call {} of {}: {}", fault.call, number,
                                           count, ::strerrorname_np(error));
      SCOPED_TRACE(what);
      const FaultFile file({call, number, error, 0, {}});
      const Ended end = ls(file.settings());
      if (shows_faults()) std::cout << what << " -> " << end.code << " " << end.out << end.err;
      ASSERT_FALSE(end.hung);
      struck += file.read().struck;
      if (end.code == 0) {
        // One that could not be asked is there all the same.
        const std::string line = fmt::format("{}  {}", job.pid(), error == EINTR ? "running" : "");
        EXPECT_NE(end.out.find(line), std::string::npos) << end.out;
        continue;
      }
      EXPECT_NE(error, EINTR) << "an interrupted call is to be made again";
      EXPECT_EQ(end.code, 1);
      EXPECT_EQ(final_lines(end.err), 1) << end.err;
    }
  }
  std::cout << struck << " faults\n";
  EXPECT_GT(struck, 0U);
  expect_good_end(job);
}

INSTANTIATE_TEST_SUITE_P(
    Call, FaultOfLs,
    testing::Values(Fault{"connect", {EINTR, EAGAIN, ENOMEM}}, Fault{"fstat", {ENOMEM, EIO}},
                    Fault{"open", {EINTR, EMFILE, ENOMEM}},
                    Fault{"openat", {EINTR, EMFILE, ENOMEM}}, Fault{"poll", {EINTR, ENOMEM}},
                    Fault{"recvmsg", {EINTR, ENOMEM}}, Fault{"sendmsg", {EINTR, EAGAIN, ENOMEM}},
                    Fault{"socket", {EMFILE, ENOMEM}}, Fault{"stat", {ENOMEM, EIO}}),
    [](const auto& test) { return test.param.call; });

class FaultWithVisitors : public AskedSession {};

TEST_P(FaultWithVisitors, IsNothingToTheJob) {
  const Fault& fault = GetParam();
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  for (const int error : fault.errors) {
    SCOPED_TRACE(::strerrorname_np(error));
    const FaultFile file({-1, 0, 0, 0, {}});
    Program job(endless(), place_.settings() + file.settings());
    ASSERT_TRUE(is_listed(job)) << job.err();
    file.strike_next(call, error);
    const Ended end = ls();
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_NE(end.out.find(fmt::format("{}  ", job.pid())), std::string::npos) << end.out;
    EXPECT_EQ(file.read().struck, 1U);
    EXPECT_TRUE(is_listed(job)) << job.err();
    expect_good_end(job);
  }
}

INSTANTIATE_TEST_SUITE_P(Call, FaultWithVisitors,
                         testing::Values(Fault{"accept4", {EINTR, ECONNABORTED, EMFILE, ENOMEM}},
                                         Fault{"recvmsg", {EINTR, ENOMEM}},
                                         Fault{"sendmsg", {EINTR, EAGAIN, ENOMEM}}),
                         [](const auto& test) { return test.param.call; });

}  // namespace
}  // namespace latham::test
