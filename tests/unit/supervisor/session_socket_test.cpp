// SPDX-License-Identifier: MIT
#include "supervisor/session_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "supervisor/visitors.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPatience{5000};

class Runtime : public testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_RUNTIME_DIR", base_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("XDG_RUNTIME_DIR"); }
  [[nodiscard]] std::string folder() const { return base_.file("latham"); }

  test::TempDir base_;
};

using SessionSocketTest = Runtime;

TEST_F(SessionSocketTest, IsFoundWhileItLivesAndLeavesNothing) {
  EXPECT_TRUE(find_sessions().empty());
  {
    const SessionSocket socket;
    EXPECT_EQ(std::filesystem::status(folder()).permissions(), std::filesystem::perms::owner_all);
    const auto found = find_sessions();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().pid, ::getpid());
    EXPECT_EQ(find_sessions(::getpid()).size(), 1U);
    EXPECT_TRUE(find_sessions(1).empty());
  }
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

/// What a session leaves that was killed: its number.
pid_t dead_session() {
  const pid_t child = ::fork();
  if (child == 0) {
    const SessionSocket socket;
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST_F(SessionSocketTest, SocketOfADeadSessionIsRemovedWhenSomebodyLooks) {
  const std::string name = folder() + "/" + std::to_string(dead_session());
  ASSERT_TRUE(std::filesystem::exists(name));
  EXPECT_TRUE(find_sessions().empty());
  EXPECT_FALSE(std::filesystem::exists(name));
}

TEST_F(SessionSocketTest, SocketOfASessionThatDiedBeforeItWasAnnouncedGoesWithTheNext) {
  const std::string name = folder() + "/" + std::to_string(dead_session());
  std::filesystem::rename(name, name + ".new");
  { const SessionSocket next; }
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(SessionSocketTest, TakesThePlaceOfADeadSessionWithItsNumber) {
  dead_session();
  std::filesystem::rename(folder() + "/" + std::to_string(RuntimeFolder::make().sessions().at(0)),
                          folder() + "/" + std::to_string(::getpid()));
  const SessionSocket socket;
  EXPECT_EQ(find_sessions().size(), 1U);
}

TEST_F(SessionSocketTest, FolderThatOthersCanEnterIsRefused) {
  std::filesystem::create_directory(folder());
  ::chmod(folder().c_str(), 0755);
  EXPECT_THROW(SessionSocket(), std::runtime_error);
  EXPECT_THROW((void)find_sessions(), std::runtime_error);
}

TEST_F(SessionSocketTest, FolderThatIsALinkIsRefused) {
  std::filesystem::create_directory(base_.file("elsewhere"));
  ::chmod(base_.file("elsewhere").c_str(), 0700);
  std::filesystem::create_directory_symlink(base_.file("elsewhere"), folder());
  EXPECT_THROW(SessionSocket(), std::runtime_error);
  std::filesystem::remove(folder());
}

/// Connects as the user nobody; 0 where the session let it in and kept it.
int knock_as_nobody(const std::string& path) {
  if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) return 1;
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return 2;
  char byte = 0;
  return ::recv(fd, &byte, 1, 0) == 0 ? 3 : 0;  // 3: turned away
}

TEST_F(SessionSocketTest, AnotherUserIsTurnedAwayEvenWhereAllMayEnter) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  SessionSocket socket;
  const std::string path = folder() + "/" + std::to_string(::getpid());
  for (const std::string& each : {base_.path(), folder(), path}) ::chmod(each.c_str(), 0777);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(knock_as_nobody(path));
  pollfd knock{socket.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&knock, 1, static_cast<int>(kPatience.count())), 1);
  EXPECT_FALSE(socket.accept());
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(SessionSocketTest, LongPathIsNoObstacle) {
  const std::string base = base_.file(std::string(200, 'x'));
  std::filesystem::create_directory(base);
  ::setenv("XDG_RUNTIME_DIR", base.c_str(), 1);
  const SessionSocket socket;
  EXPECT_EQ(find_sessions().size(), 1U);
}

class VisitorsTest : public Runtime {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    visitors_.listen();
  }
  UniqueFd knock() {
    auto found = find_sessions();
    visitors_.serve();
    return std::move(found.at(0).connection);
  }
  /// What the visitor is answered; an empty word where it was turned away.
  std::string answer(const UniqueFd& visitor) {
    visitors_.serve();
    try {
      const auto message = next_message(visitor.get(), kPatience);
      return message ? message->message.word : "nothing";
    } catch (const std::runtime_error&) {
      return "";
    }
  }

  GuestDesk desk_;
  Visitors visitors_{desk_};
};

TEST_F(VisitorsTest, StatusIsAnsweredWithTheLatestFacts) {
  visitors_.tell({"facts", {{"state", "running"}}, {}});
  const UniqueFd visitor = knock();
  control::send_link(visitor.get(), {"status", {}, {}});
  visitors_.serve();
  const auto facts = next_message(visitor.get(), kPatience);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->message.get("state"), "running");
}

TEST_F(VisitorsTest, WishForAnEdgeThatIsNotThereIsRefused) {
  for (const char* edges : {"7", "", "1,", "x", "1 2", "99999999999"}) {
    const UniqueFd visitor = knock();
    control::send_link(visitor.get(), {"attach", {{"edges", edges}}, {}});
    EXPECT_EQ(answer(visitor), "refused") << edges;
  }
}

TEST_F(VisitorsTest, WhoDoesNotSpeakTheLanguageIsTurnedAway) {
  const UniqueFd visitor = knock();
  const UniqueFd other = knock();
  ASSERT_EQ(::send(visitor.get(), "\x01garbage", 8, 0), 8);
  EXPECT_EQ(answer(visitor), "");
  control::send_link(other.get(), {"status", {}, {}});
  EXPECT_EQ(answer(other), "facts");
}

TEST_F(VisitorsTest, RequestOfOneWhoSeesNothingIsNotHeard) {
  const UniqueFd visitor = knock();
  control::send_link(visitor.get(), {"request", {{"what", "stop"}}, {}});
  visitors_.serve();
  EXPECT_TRUE(desk_.requests.empty());
}

TEST_F(VisitorsTest, CrowdIsTurnedAwayAndAskingWithoutReadingStopsNobody) {
  std::vector<UniqueFd> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(knock());
  EXPECT_EQ(answer(crowd.back()), "");
  // Never reads: the answers fill its socket until it is turned away.
  int sent = 0;
  try {
    for (; sent < 100'000; ++sent) {
      control::send_link(crowd.front().get(), {"status", {}, {}});
      visitors_.serve();
    }
  } catch (const std::system_error&) {
  }
  EXPECT_LT(sent, 100'000);
  control::send_link(crowd[1].get(), {"status", {}, {}});
  EXPECT_EQ(answer(crowd[1]), "facts");
}

TEST_F(VisitorsTest, CloseTellsTheStateAndEndsTheConnection) {
  const UniqueFd visitor = knock();
  visitors_.close();
  EXPECT_EQ(answer(visitor), "");
  EXPECT_TRUE(find_sessions().empty());
}

}  // namespace
}  // namespace latham::supervisor
