// SPDX-License-Identifier: MIT
// System calls of `latham view` fail while it attaches to a running job: it shows its window or ends with one line, and
// the job goes on.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/process/faulty.h"
#include "tests/process/windowed.h"

namespace latham::test {
namespace {

class FaultOfView : public Windowed, public testing::WithParamInterface<Fault> {
 protected:
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
    Windowed::SetUp();
  }
  /// Its window is open, or it has ended.
  struct Seen {
    Ended end;
    bool shown = false;
  };
  Seen view(const FaultFile& file) {
    Program viewer(latham("view"), file.settings());
    Seen seen;
    seen.shown = viewer.until([&] { return !display_->title().empty(); });
    if (seen.shown) viewer.signal(SIGINT);
    seen.end = viewer.wait();
    EXPECT_TRUE(viewer.until_alone());
    return seen;
  }
};

TEST_P(FaultOfView, ShowsItsWindowOrALineAndTheJobGoesOn) {
  const Fault& fault = GetParam();
  const int call = index_of_call(fault.call.c_str());
  ASSERT_GE(call, 0);
  Program job(transcode(words("-loglevel error -stream_loop -1 -i") +
                        Words{clip("color=s=64x64:d=1")} + words("-c:v ffv1 -f null -")));
  ASSERT_TRUE(job.until([&] {
    return test::run(latham("ls")).out.find("  running ") != std::string::npos;
  })) << job.err();
  const FaultFile quiet({-1, 0, 0, 0, {}});
  ASSERT_TRUE(view(quiet).shown);
  const std::uint32_t count = quiet.read().calls[call];
  ASSERT_GT(count, 0U);
  unsigned struck = 0;
  for (std::size_t i = 0; i < fault.errors.size(); ++i) {
    const int error = fault.errors[i];
    // How often it waits depends on the weather; the first waits are those of the way in.
    for (const std::uint32_t number : numbers(std::min(count, 12U), i)) {
      const std::string what = fmt::format("{} fails at call {} of {}: {}", fault.call, number,
                                           count, ::strerrorname_np(error));
      SCOPED_TRACE(what);
      const FaultFile file({call, number, error, 0, {}});
      const Seen seen = view(file);
      if (shows_faults())
        std::cout << what << " -> " << seen.shown << " " << seen.end.code << " " << seen.end.err
                  << "\n";
      struck += file.read().struck;
      ASSERT_FALSE(seen.end.hung);
      if (seen.shown && seen.end.code == 0) continue;
      EXPECT_NE(error, EINTR) << "an interrupted call is to be made again: " << seen.end.err;
      EXPECT_TRUE(seen.end.code == 1 || seen.end.code == 3) << seen.end.code << seen.end.err;
      EXPECT_EQ(final_lines(seen.end.err), 1) << seen.end.err;
    }
  }
  std::cout << struck << " faults\n";
  EXPECT_GT(struck, 0U);
  EXPECT_TRUE(job.is_running());
  EXPECT_TRUE(job.until(
      [&] { return test::run(latham("ls")).out.find("  running ") != std::string::npos; }));
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

INSTANTIATE_TEST_SUITE_P(Call, FaultOfView,
                         testing::Values(Fault{"connect", {EINTR, ENOMEM}}, Fault{"fork", {EAGAIN}},
                                         Fault{"pipe2", {EMFILE}}, Fault{"poll", {EINTR, ENOMEM}},
                                         Fault{"recvmsg", {EINTR, ENOMEM}},
                                         Fault{"sendmsg", {EAGAIN}}, Fault{"signalfd", {EMFILE}},
                                         Fault{"socket", {EMFILE}}, Fault{"socketpair", {EMFILE}}),
                         [](const auto& test) { return test.param.call; });

}  // namespace
}  // namespace latham::test
