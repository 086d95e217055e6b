// SPDX-License-Identifier: MIT
// Sessions are their user's: another one sees none of them. Needs root, who may be anybody.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

/// The command as the user nobody runs it.
Words as_nobody(const Words& command) {
  return words("setpriv --reuid=65534 --regid=65534 --clear-groups") + command;
}

/// The folder of the sockets, with the job's user as the only one who may go there.
class OtherUser : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (Program(as_nobody({latham_program(), "--version"})).wait().code != 0)
      GTEST_SKIP() << "nobody may not run '" << latham_program() << "'";
  }
  Place place_;
};

TEST_P(OtherUser, NeitherSeesNorJoinsASession) {
  Program job(transcode(Words{"-i", clip("long")} + words("-c:v libx264 -preset medium") +
                        Words{place_.file("out.mp4")}),
              place_.settings());
  const std::string pid = std::to_string(job.pid());
  const std::string socket = place_.file("run/latham/" + pid);
  ASSERT_TRUE(job.until([&] { return std::filesystem::exists(socket); })) << job.err();
  EXPECT_NE(Program({latham_program(), "ls"}, place_.settings()).wait().out.find(pid),
            std::string::npos);
  if (GetParam()) {
    // As if somebody had opened every door on the way.
    using std::filesystem::permissions;
    for (const std::string& path :
         {place_.file(""), place_.file("run"), place_.file("run/latham"), socket})
      permissions(path, std::filesystem::perms::all);
  }
  const Ended list = Program(as_nobody({latham_program(), "ls"}), place_.settings()).wait();
  EXPECT_EQ(list.out.find(pid), std::string::npos) << list.out;
  const Ended view = Program(as_nobody({latham_program(), "view", pid}), place_.settings()).wait();
  EXPECT_NE(view.code, 0);
  EXPECT_TRUE(job.is_running());
}

INSTANTIATE_TEST_SUITE_P(ThroughDoors, OtherUser, testing::Bool(), [](const auto& test) {
  return std::string(test.param ? "open" : "closed");
});

}  // namespace
}  // namespace latham::test
