// SPDX-License-Identifier: MIT
// What stages are kept from, as far as it is the supervisor's doing; the rest is in tests/unit/sandbox.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

TEST(Doctor, SaysWhatTheKernelSupports) {
  const Ended end = run({latham_program(), "doctor"});
  // A part is missing on older kernels, and all of it in a build with sanitizers.
  EXPECT_EQ(end.code, end.out.find(" NO ") == std::string::npos ? 0 : 1) << end.out << end.err;
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const std::string landlock = version > 0 ? fmt::format("yes  version {}", version) : "NO";
  EXPECT_NE(end.out.find("file rules (Landlock)          " + landlock), std::string::npos)
      << end.out;
  EXPECT_NE(end.out.find("system call filter (seccomp)   yes"), std::string::npos) << end.out;
}

TEST(Environment, OfStagesIsWithoutSecretsOfTheUser) {
  const Place place;
  Program job(transcode(words("-stream_loop -1 -i") + Words{clip("tiny")} +
                        words("-vf hflip -c:v ffv1 -f null -")),
              place.settings() + Words{"AWS_SECRET_ACCESS_KEY=password"});
  for (const char* stage : {"decoder", "filter", "encoder"}) {
    ASSERT_TRUE(job.until([&] { return job.stage(stage).has_value(); })) << stage << job.err();
    const std::string file = fmt::format("/proc/{}/environ", job.stage(stage).value());
    EXPECT_EQ(read_file(file).find("AWS_SECRET_ACCESS_KEY"), std::string::npos) << stage;
  }
  const std::string own = fmt::format("/proc/{}/environ", job.pid());
  EXPECT_NE(read_file(own).find("AWS_SECRET_ACCESS_KEY"), std::string::npos);
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

}  // namespace
}  // namespace latham::test
