// SPDX-License-Identifier: MIT
#include "supervisor/state_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using test::read_file;
using test::TempDir;
using Found = StateFolder::Found;

TEST(StateFolder, KeepsSmallFilesOverItsOwnLife) {
  const TempDir dir;
  StateFolder(dir.file("state")).write("plan", "one\ntwo\n");
  const StateFolder again(dir.file("state"));
  std::string text;
  EXPECT_EQ(again.read("plan", text), Found::whole);
  EXPECT_EQ(text, "one\ntwo\n");
  EXPECT_EQ(again.names(), std::vector<std::string>{"plan"});
  EXPECT_EQ(again.read("other", text), Found::nothing);
}

TEST(StateFolder, TellsDamageAtEveryByteAndLength) {
  const TempDir dir;
  const StateFolder folder(dir.file("state"));
  folder.write("plan", "one\ntwo\n");
  const std::string path = dir.file("state") + "/plan";
  const std::string whole = read_file(path);
  std::string text;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(path) << damaged;
    EXPECT_EQ(folder.read("plan", text), Found::damaged) << "byte " << at;
    std::ofstream(path) << whole.substr(0, at);
    EXPECT_EQ(folder.read("plan", text), Found::damaged) << "length " << at;
  }
}

TEST(StateFolder, IsLockedWhileItLives) {
  const TempDir dir;
  {
    const StateFolder first(dir.file("state"));
    EXPECT_REFUSED(StateFolder second(dir.file("state"));, 4, "another latham is writing into");
  }
  EXPECT_NO_THROW(StateFolder(dir.file("state")));
}

TEST(StateFolder, WaitsForAFileThatADyingStageHas) {
  const TempDir dir;
  const StateFolder folder(dir.file("state"));
  UniqueFd dying = folder.open("pictures-0", false);
  ASSERT_EQ(::write(dying.get(), "old", 3), 3);
  std::thread dies([&] {
    ::usleep(100'000);
    EXPECT_EQ(::write(dying.get(), "late", 4), 4);
    dying.reset();
  });
  const UniqueFd emptied = folder.open("pictures-0", true);
  dies.join();
  struct stat st {};
  EXPECT_EQ(::fstat(emptied.get(), &st), 0);
  EXPECT_EQ(st.st_size, 0);
}

TEST(StateFolder, DoesNotOpenAFileThatSomebodyHas) {
  const TempDir dir;
  const StateFolder folder(dir.file("state"));
  const UniqueFd theirs = folder.open("pictures-0", false);
  EXPECT_REFUSED((void)folder.open("pictures-0", false);, 4, "another latham is writing into");
}

TEST(StateFolder, ThatIsAFileIsRefused) {
  const TempDir dir;
  std::ofstream(dir.file("state")) << "mine";
  EXPECT_REFUSED(StateFolder folder(dir.file("state"));, 4, "Not a directory");
  EXPECT_EQ(read_file(dir.file("state")), "mine");
}

TEST(StateFolder, StaysWhereSomebodyPutSomethingIntoIt) {
  const TempDir dir;
  const StateFolder folder(dir.file("state"));
  std::ofstream(dir.file("state") + "/notes") << "mine";
  folder.remove_folder();
  EXPECT_TRUE(std::filesystem::exists(dir.file("state") + "/notes"));
  folder.remove("notes");
  folder.remove_folder();
  EXPECT_FALSE(std::filesystem::exists(dir.file("state")));
}

}  // namespace
}  // namespace latham::supervisor
