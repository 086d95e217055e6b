// SPDX-License-Identifier: MIT
// Kernels that lack a part of the sandbox: the same file comes out, and what is missing is said.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
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
  bool has_seccomp;  ///< CONFIG_SECCOMP_FILTER; none of them has Landlock.
};

/// From here on the kernel answers this process and its children as one does that has not got these
/// calls.
void forget_calls(bool seccomp_too) {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                seccomp_release);
  const auto check = [](int error) {
    if (error != 0) throw std::system_error(-error, std::generic_category(), "forget a call");
  };
  for (const int call :
       {SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self})
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0));
  if (seccomp_too) {
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0));
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                           SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)));
  }
  check(seccomp_load(filter.get()));
}

/// Runs the command `args[1...]` as on an old kernel.
LATHAM_CHILD(on_old_kernel) {
  forget_calls(args.at(0) == "without-seccomp");
  std::vector<char*> argv;
  for (std::size_t i = 1; i < args.size(); ++i) argv.push_back(const_cast<char*>(args[i].c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return 127;
}

class Old : public testing::TestWithParam<OldKernel> {
 protected:
  [[nodiscard]] static Words on_it(const Words& command) {
    return Words{"/proc/self/exe", "--child=on_old_kernel",
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
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_NE(end.out.find("file rules (Landlock)          NO   stages that need some files may open "
                         "all of the user's; needs Linux 5.13"),
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
    // One is this test's, two are the stage's own.
    const int filters = filters_of(::getpid()) + (GetParam().has_seccomp ? 3 : 1);
    EXPECT_TRUE(job.until([&] { return filters_of(pid) == filters; })) << stage << filters_of(pid);
    EXPECT_TRUE(job.until([&] { return status_of(pid, "NoNewPrivs") == "1"; })) << stage;
    EXPECT_TRUE(job.until([&] { return status_of(pid, "CapEff") == "0000000000000000"; })) << stage;
  }
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Old,
                         testing::Values(OldKernel{"WithoutLandlock", true},
                                         OldKernel{"WithoutLandlockAndSeccomp", false}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace latham::test
