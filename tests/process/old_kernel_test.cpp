// SPDX-License-Identifier: MIT
// Kernels that lack a part of the sandbox: the same file comes out, and what is missing is said.
#include "tests/support/old_kernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/support/child.h"

namespace latham::test {
namespace {

struct OldKernel {
  std::string name;
  int landlock;            ///< Version; 0: none. Debian 12 has 2.
  bool has_seccomp;        ///< CONFIG_SECCOMP_FILTER
  std::string file_rules;  ///< What `doctor` says of them.
  bool lacks_a_part;
};

/// Runs the command `args[2...]` as on an old kernel.
LATHAM_CHILD(on_old_kernel) {
  pretend_landlock(std::stoi(args.at(0)));
  if (args.at(1) == "without-seccomp") forget_seccomp();
  std::vector<char*> argv;
  for (std::size_t i = 2; i < args.size(); ++i) argv.push_back(const_cast<char*>(args[i].c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return 127;
}

class Old : public testing::TestWithParam<OldKernel> {
 protected:
  [[nodiscard]] static Words on_it(const Words& command) {
    return Words{"/proc/self/exe", "--child=on_old_kernel", fmt::format("{}", GetParam().landlock),
                 GetParam().has_seccomp ? "with-seccomp" : "without-seccomp"} +
           command;
  }
  /// A job with these options behind its input ends as it does here.
  void expect_same_file(const std::string& input, const Words& options) {
    const std::string quiet = place_.file("new.mkv");
    const std::string old = place_.file("old.mkv");
    const auto job = [&](const std::string& output) {
      return transcode(Words{"-i", input} + options + Words{output});
    };
    ASSERT_EQ(run(job(quiet)).code, 0);
    const Ended end = Program(on_it(job(old)), place_.settings()).wait();
    EXPECT_EQ(end.code, 0) << end.err;
    EXPECT_TRUE(same_packets(packets(old), packets(quiet)));
  }
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a build with sanitizers has no sandbox";
#endif
  }
  Place place_;
};

TEST_P(Old, DoctorSaysWhatIsMissingAndWhatThatMeans) {
  const Ended end = Program(on_it({latham_program(), "doctor"})).wait();
  EXPECT_EQ(end.code, GetParam().lacks_a_part ? 1 : 0) << end.err;
  EXPECT_NE(end.out.find("file rules (Landlock)          " + GetParam().file_rules),
            std::string::npos)
      << end.out;
  const std::string filter =
      GetParam().has_seccomp ? "yes" : "NO   stages may make any system call";
  EXPECT_NE(end.out.find("system call filter (seccomp)   " + filter), std::string::npos) << end.out;
}

TEST_P(Old, JobGivesTheSameFile) {
  expect_same_file(clip("h264"), words("-vf hflip -c:v libx264 -preset ultrafast -c:a aac"));
}

TEST_P(Old, FilterThatReadsAFileFindsIt) {
  expect_same_file(clip("tiny"),
                   words("-vf movie=" + clip("tiny") + "[m];[in][m]overlay -c:v ffv1"));
}

/// What /proc says of a process under this heading.
std::string status_of(pid_t pid, const std::string& heading) {
  const std::string all = read_file(fmt::format("/proc/{}/status", pid));
  const std::size_t from = all.find("\n" + heading + ":\t");
  if (from == std::string::npos) return "";
  const std::size_t begin = from + heading.size() + 3;
  return all.substr(begin, all.find('\n', begin) - begin);
}

int filters_of(pid_t pid) {
  return std::stoi("0" + status_of(pid, "Seccomp_filters"));
}

TEST_P(Old, StagesPutOnWhatThereIs) {
  Program job(on_it(transcode(words("-stream_loop -1 -i") + Words{clip("tiny")} +
                              words("-vf hflip -c:v ffv1 -f null -"))),
              place_.settings());
  for (const char* stage : {"decoder", "filter", "encoder"}) {
    ASSERT_TRUE(job.until([&] { return job.stage(stage).has_value(); })) << stage << job.err();
    const pid_t pid = job.stage(stage).value();
    // Those of the old kernel, and two of the stage's own.
    const int filters = filters_of(::getpid()) + (GetParam().has_seccomp ? 1 + 2 : 2);
    EXPECT_TRUE(job.until([&] { return filters_of(pid) == filters; })) << stage << filters_of(pid);
    EXPECT_TRUE(job.until([&] { return status_of(pid, "NoNewPrivs") == "1"; })) << stage;
    EXPECT_TRUE(job.until([&] { return status_of(pid, "CapEff") == "0000000000000000"; })) << stage;
  }
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

constexpr const char* kAllFiles =
    "NO   stages that need some files may open all of the user's; needs Linux 5.13";

INSTANTIATE_TEST_SUITE_P(
    Kernels, Old,
    testing::Values(
        OldKernel{"WithoutLandlock", 0, true, kAllFiles, true},
        OldKernel{"WithoutLandlockAndSeccomp", 0, false, kAllFiles, true},
        OldKernel{"WithLandlock2", 2, true,
                  "yes  version 2: files (signals to others are refused by the filter)", false},
        OldKernel{"WithLandlock5WithoutSeccomp", 5, false,
                  "yes  version 5: files (stages may send signals to others; needs Linux 6.12)",
                  true}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace latham::test
