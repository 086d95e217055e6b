// SPDX-License-Identifier: MIT
#include "supervisor/output_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/support/fds.h"
#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using test::read_file;
using test::TempDir;

struct Request {
  std::string output;
  std::string input;
  Globals globals;
};

Request to(const std::string& output, const std::string& input = "none") {
  Request request{output, input, {}};
  // A test that runs on a terminal must not ask.
  request.globals.keep_existing = true;
  return request;
}

Request over(const std::string& output, const std::string& input = "none") {
  Request request = to(output, input);
  request.globals.keep_existing = false;
  request.globals.overwrite = true;
  return request;
}

OutputFile open(
    const Request& request, UniqueFd input_fd = {}, const WhileWaiting& wait = [] {}) {
  std::vector<OpenInput> inputs;
  inputs.push_back({request.input, std::move(input_fd)});
  return {request.output, inputs, request.globals, wait};
}

void put(const OutputFile& output, const std::string& text) {
  ASSERT_EQ(::write(output.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(OutputFile, CommitGivesTheFinalName) {
  const TempDir dir;
  {
    OutputFile output = open(to(dir.file("out.mp4")));
    put(output, "frames");
    EXPECT_TRUE(dir.has("out.mp4.part"));
    EXPECT_FALSE(dir.has("out.mp4"));
    EXPECT_EQ(output.bytes(), 6U);
    EXPECT_TRUE(output.leaves_nothing());
    output.commit();
  }
  EXPECT_EQ(read_file(dir.file("out.mp4")), "frames");
  EXPECT_FALSE(dir.has("out.mp4.part"));
}

TEST(OutputFile, WithoutCommitNothingIsLeft) {
  const TempDir dir;
  { put(open(to(dir.file("out.mp4"))), "half"); }
  EXPECT_FALSE(dir.has("out.mp4"));
  EXPECT_FALSE(dir.has("out.mp4.part"));
}

TEST(OutputFile, ExistingFileIsKeptWithoutOverwrite) {
  const TempDir dir;
  const std::string path = dir.write("out.mp4", "old");
  EXPECT_REFUSED(open(to(path)), 4, "exists; -n keeps it");
  EXPECT_EQ(read_file(path), "old");
  EXPECT_FALSE(dir.has("out.mp4.part"));
}

TEST(OutputFile, OverwriteKeepsTheOldFileUntilCommit) {
  const TempDir dir;
  const std::string path = dir.write("out.mp4", "old");
  { put(open(over(path)), "half"); }
  EXPECT_EQ(read_file(path), "old");
  OutputFile output = open(over(path));
  put(output, "new");
  EXPECT_EQ(read_file(path), "old");
  output.commit();
  EXPECT_EQ(read_file(path), "new");
}

TEST(OutputFile, FileMadeMeanwhileIsNotOverwritten) {
  const TempDir dir;
  OutputFile output = open(to(dir.file("out.mp4")));
  dir.write("out.mp4", "theirs");
  EXPECT_REFUSED(output.commit(), 4, "made by somebody else");
  EXPECT_EQ(read_file(dir.file("out.mp4")), "theirs");
}

TEST(OutputFile, StalePartIsReplacedOnlyWithOverwrite) {
  const TempDir dir;
  dir.write("out.mp4.part", "stale");
  EXPECT_REFUSED(open(to(dir.file("out.mp4"))), 4,
                 "was left by an earlier run; remove it or add -y");
  EXPECT_EQ(read_file(dir.file("out.mp4.part")), "stale");
  OutputFile output = open(over(dir.file("out.mp4")));
  EXPECT_EQ(output.bytes(), 0U);
}

TEST(OutputFile, PartOfARunningJobIsLeftAlone) {
  const TempDir dir;
  const OutputFile first = open(to(dir.file("out.mp4")));
  put(first, "mine");
  EXPECT_REFUSED(open(over(dir.file("out.mp4"))), 4, "another latham is writing");
  EXPECT_EQ(read_file(dir.file("out.mp4.part")), "mine");
}

// We wait for the lock of a job that dies; before we have it another one has put its own file in that place.
TEST(OutputFile, PartThatIsAnothersAfterTheWaitIsLeftAlone) {
  const TempDir dir;
  const std::string part = dir.file("out.mp4.part");
  UniqueFd dying(::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(dying.get(), LOCK_EX | LOCK_NB), 0);
  UniqueFd theirs;
  std::thread other([&] {
    // open() looks at the lock meanwhile, each 20 ms.
    ::usleep(100'000);
    ::unlink(part.c_str());
    theirs.reset(::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ::flock(theirs.get(), LOCK_EX | LOCK_NB);
    dying.reset();
  });
  EXPECT_REFUSED(open(over(dir.file("out.mp4"))), 4, "another latham is writing");
  other.join();
  struct stat named {};
  struct stat opened {};
  ASSERT_EQ(::stat(part.c_str(), &named), 0);
  ASSERT_EQ(::fstat(theirs.get(), &opened), 0);
  EXPECT_EQ(named.st_ino, opened.st_ino);
}

TEST(OutputFile, InputItselfIsRefusedUnderEveryName) {
  const TempDir dir;
  const std::string path = dir.write("in.mp4", "precious");
  const UniqueFd input(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::link(path.c_str(), dir.file("hard.mp4").c_str()), 0);
  ASSERT_EQ(::symlink(path.c_str(), dir.file("soft.mp4").c_str()), 0);
  for (const char* name : {"in.mp4", "hard.mp4", "soft.mp4"}) {
    EXPECT_REFUSED(open(over(dir.file(name), path), UniqueFd(::dup(input.get()))), 4,
                   "is the input itself");
    EXPECT_REFUSED(open(over(dir.file(name), path)), 4, "is the input itself");
  }
  EXPECT_EQ(read_file(path), "precious");
}

TEST(OutputFile, SymbolicLinkStaysOne) {
  const TempDir dir;
  const std::string target = dir.write("real.mp4", "old");
  ASSERT_EQ(::symlink("real.mp4", dir.file("link.mp4").c_str()), 0);
  OutputFile output = open(over(dir.file("link.mp4")));
  put(output, "new");
  output.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(dir.file("link.mp4")));
  EXPECT_EQ(read_file(target), "new");
}

TEST(OutputFile, FoldersAreNamedInRefusals) {
  const TempDir dir;
  EXPECT_REFUSED(open(over(dir.path())), 4, "is a folder; add a file name");
  EXPECT_REFUSED(open(to(dir.file("no/where/out.mp4"))), 4,
                 "/no/where' does not exist; make it with: mkdir -p");
}

TEST(OutputFile, DevicesAreWrittenDirectly) {
  {
    OutputFile output = open(to("/dev/null"));
    put(output, "gone");
    EXPECT_FALSE(output.leaves_nothing());
    output.commit();
  }
  EXPECT_EQ(::access("/dev/null", F_OK), 0);
  EXPECT_NE(::access("/dev/null.part", F_OK), 0);
}

TEST(OutputFile, FifoWaitsForItsReader) {
  const TempDir dir;
  const std::string path = dir.file("pipe.nut");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  UniqueFd reader;
  int waits = 0;
  const OutputFile output = open(to(path), {}, [&] {
    if (++waits == 2) reader.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  });
  EXPECT_GE(waits, 2);
  put(output, "x");
  EXPECT_FALSE(output.bytes());
  EXPECT_EQ(::fcntl(output.fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(OutputFile, WaitForAReaderCanBeGivenUp) {
  const TempDir dir;
  const std::string path = dir.file("pipe.nut");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_REFUSED(open(to(path), {}, [] { throw Failure::interrupted(2, "interrupted"); }), 130,
                 "interrupted");
  EXPECT_TRUE(dir.has("pipe.nut"));
}

TEST(OutputFile, DashIsACopyOfStandardOutput) {
  const std::size_t before = test::count_open_fds();
  {
    const OutputFile output = open(to("-"));
    EXPECT_GT(output.fd(), 2);
    EXPECT_NE(::fcntl(output.fd(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(test::count_open_fds(), before);
}

TEST(OutputFile, FilePrefixIsDropped) {
  const TempDir dir;
  open(to("file:" + dir.file("a.mp4"))).commit();
  EXPECT_TRUE(dir.has("a.mp4"));
}

}  // namespace
}  // namespace latham::supervisor
