// SPDX-License-Identifier: MIT
#include "control/link_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "tests/support/alarm.h"
#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/control/message_equal.h"

namespace latham::control {
namespace {

using test::count_open_fds;
using test::keep_open;
using test::make_pipe;
using test::spawn_child;

Message bell() {
  return {.word = "bell", .fields = {}, .text = ""};
}

/// A packet that send_link() would refuse to send.
void send_raw(int socket, std::string bytes, const std::vector<int>& fds = {}) {
  iovec data{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  const std::size_t fd_bytes = fds.size() * sizeof(int);
  // cmsghdr as the element, for its alignment.
  std::vector<cmsghdr> room(CMSG_SPACE(fd_bytes) / sizeof(cmsghdr) + 1);
  if (!fds.empty()) {
    header.msg_control = room.data();
    header.msg_controllen = CMSG_SPACE(fd_bytes);
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fd_bytes);
    std::memcpy(CMSG_DATA(part), fds.data(), fd_bytes);
  }
  ASSERT_EQ(::sendmsg(socket, &header, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

struct FileId {
  dev_t device;
  ino_t inode;
  bool operator==(const FileId&) const = default;
};
FileId file_id(int fd) {
  struct stat info {};
  EXPECT_EQ(::fstat(fd, &info), 0);
  return {info.st_dev, info.st_ino};
}

int error_of(auto&& action) {
  try {
    action();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

LATHAM_CHILD(link_receiver) {
  const auto got = receive_link(std::stoi(args.at(0)));
  if (!got || got->message.word != "output" || got->fds.size() != 1) return 1;
  return ::write(got->fds[0].get(), "hello", 5) == 5 ? 0 : 2;
}

LATHAM_CHILD(late_sender) {
  ::usleep(50'000);
  send_link(std::stoi(args.at(0)), bell());
  return 0;
}

TEST(LinkSocket, PairIsCloseOnExec) {
  const auto [left, right] = make_link_pair();
  EXPECT_EQ(::fcntl(left.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(right.get(), F_GETFD), FD_CLOEXEC);
}

TEST(LinkSocket, MessageWithoutDescriptorsComesBack) {
  const auto [left, right] = make_link_pair();
  const Message message{.word = "produce",
                        .fields = {{"edge", "A"}, {"transport", "shm"}, {"odd", " %\n"}},
                        .text = "two\nlines"};
  send_link(left.get(), message);
  const auto got = receive_link(right.get());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->message, message);
  EXPECT_TRUE(got->fds.empty());
}

TEST(LinkSocket, DescriptorsComeInOrderAndCloseOnExec) {
  const auto [left, right] = make_link_pair();
  for (std::size_t count = 1; count <= kMaxLinkFds; ++count) {
    std::vector<std::pair<UniqueFd, UniqueFd>> pipes;
    std::vector<int> fds;
    for (std::size_t i = 0; i < count; ++i)
      fds.push_back(pipes.emplace_back(make_pipe()).second.get());
    send_link(left.get(), bell(), fds);
    const auto got = receive_link(right.get());
    ASSERT_TRUE(got);
    ASSERT_EQ(got->fds.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_NE(got->fds[i].get(), fds[i]);
      EXPECT_EQ(file_id(got->fds[i].get()), file_id(fds[i]));
      EXPECT_EQ(::fcntl(got->fds[i].get(), F_GETFD), FD_CLOEXEC);
    }
  }
}

TEST(LinkSocket, SentDescriptorStaysWithItsSender) {
  const auto [left, right] = make_link_pair();
  const auto pipe = make_pipe();
  send_link(left.get(), bell(), std::array{pipe.second.get()});
  EXPECT_TRUE(receive_link(right.get()));
  EXPECT_EQ(::write(pipe.second.get(), "x", 1), 1);
}

TEST(LinkSocket, DescriptorWorksInAnotherProcess) {
  auto [left, right] = make_link_pair();
  auto [reader, writer] = make_pipe();
  test::Child child = spawn_child("link_receiver", keep_open(right.get()));
  right.reset();
  send_link(left.get(), {.word = "output", .fields = {}, .text = ""}, std::array{writer.get()});
  writer.reset();
  std::array<char, 8> got{};
  EXPECT_EQ(::read(reader.get(), got.data(), got.size()), 5);
  EXPECT_STREQ(got.data(), "hello");
  EXPECT_EQ(child.wait().code, 0);
}

TEST(LinkSocket, PacketsKeepTheirBoundaries) {
  const auto [left, right] = make_link_pair();
  const auto pipe = make_pipe();
  send_link(left.get(), {.word = "first", .fields = {}, .text = ""});
  send_link(left.get(), {.word = "second", .fields = {}, .text = ""}, std::array{pipe.first.get()});
  send_link(left.get(), {.word = "third", .fields = {}, .text = std::string(9000, 'x')});
  EXPECT_EQ(receive_link(right.get())->message.word, "first");
  EXPECT_EQ(receive_link(right.get())->fds.size(), 1U);
  EXPECT_EQ(receive_link(right.get())->message.word, "third");
}

TEST(LinkSocket, ReceiverWaitsThroughSignals) {
  auto [left, right] = make_link_pair();
  const test::Child child = spawn_child("late_sender", keep_open(left.get()));
  const test::AlarmStorm storm;
  const auto got = receive_link(right.get());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->message.word, "bell");
}

TEST(LinkSocket, ClosedPeerGivesNothingAfterItsLastPacket) {
  auto [left, right] = make_link_pair();
  send_link(left.get(), bell());
  left.reset();
  EXPECT_TRUE(receive_link(right.get()));
  EXPECT_FALSE(receive_link(right.get()));
  EXPECT_FALSE(receive_link(right.get()));
}

TEST(LinkSocket, PeerThatClosedWithUnreadPacketsGivesNothing) {
  auto [left, right] = make_link_pair();
  send_link(right.get(), bell());
  left.reset();
  EXPECT_FALSE(receive_link(right.get()));
}

TEST(LinkSocket, SendingToAClosedPeerThrowsAndRaisesNoSigpipe) {
  auto [left, right] = make_link_pair();
  right.reset();
  EXPECT_EQ(error_of([&, fd = left.get()] { send_link(fd, bell()); }), EPIPE);
}

TEST(LinkSocket, FullSocketThrowsInsteadOfWaiting) {
  const auto [left, right] = make_link_pair();
  const Message big{.word = "bell", .fields = {}, .text = std::string(4000, 'x')};
  EXPECT_EQ(error_of([&, fd = left.get()] {
              for (;;) send_link(fd, big);
            }),
            EAGAIN);
  EXPECT_TRUE(receive_link(right.get()));
}

TEST(LinkSocket, EmptyNonBlockingSocketThrowsEagain) {
  const auto [left, right] = make_link_pair();
  ASSERT_EQ(::fcntl(right.get(), F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(error_of([fd = right.get()] { (void)receive_link(fd); }), EAGAIN);
}

TEST(LinkSocket, TooManyDescriptorsAreNotSent) {
  const auto [left, right] = make_link_pair();
  const auto pipe = make_pipe();
  const std::vector<int> fds(kMaxLinkFds + 1, pipe.first.get());
  EXPECT_EQ(error_of([&, fd = left.get()] { send_link(fd, bell(), fds); }), EINVAL);
  ASSERT_EQ(::fcntl(right.get(), F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(error_of([fd = right.get()] { (void)receive_link(fd); }), EAGAIN);
}

TEST(LinkSocket, BadDescriptorIsNamedInTheError) {
  const auto [left, right] = make_link_pair();
  try {
    send_link(left.get(), bell(), std::array{-1});
    FAIL() << "sent a bad descriptor";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EBADF);
    EXPECT_NE(std::string(error.what()).find("'bell'"), std::string::npos) << error.what();
  }
}

TEST(LinkSocket, MessageThatMakesNoLineIsNotSent) {
  const auto [left, right] = make_link_pair();
  EXPECT_THROW(send_link(left.get(), {.word = "Bell", .fields = {}, .text = ""}),
               std::invalid_argument);
}

/// Whatever the peer sends is refused, its descriptors are closed, and the next packet is taken.
class BadPacket : public testing::Test {
 protected:
  void expect_refused(const std::string& bytes, std::size_t fd_count) {
    const auto [left, right] = make_link_pair();
    const auto pipe = make_pipe();
    const std::vector<int> fds(fd_count, pipe.first.get());
    const std::size_t before = count_open_fds();
    send_raw(left.get(), bytes, fds);
    EXPECT_THROW((void)receive_link(right.get()), std::runtime_error);
    EXPECT_EQ(count_open_fds(), before);
    send_link(left.get(), bell());
    EXPECT_TRUE(receive_link(right.get()));
  }
};

TEST_F(BadPacket, MoreThanEightDescriptors) {
  expect_refused("bell\n", kMaxLinkFds + 1);
}
TEST_F(BadPacket, ManyMoreDescriptors) {
  expect_refused("bell\n", 250);
}
TEST_F(BadPacket, LongerThanALine) {
  expect_refused("bell :" + std::string(kMaxLine, 'x') + "\n", 3);
}
TEST_F(BadPacket, LongerThanALineAndMoreThanEight) {
  expect_refused("bell :" + std::string(kMaxLine, 'x') + "\n", kMaxLinkFds + 1);
}
TEST_F(BadPacket, LongerThanALineThoughItsBeginningIsOne) {
  expect_refused("a :" + std::string(kMaxLine - 4, 'x') + "\nb\n", 1);
}
TEST_F(BadPacket, NoNewline) {
  expect_refused("bell", 2);
}
TEST_F(BadPacket, TwoLines) {
  expect_refused("bell\nbell\n", 2);
}
TEST_F(BadPacket, NoLineAtAll) {
  expect_refused(std::string("\0\xff\x80", 3), 8);
}
TEST_F(BadPacket, OnlyANewline) {
  expect_refused("\n", 1);
}
TEST_F(BadPacket, EmptyWithDescriptors) {
  expect_refused("", 1);
}

TEST(LinkSocket, ReceiverThatMayOpenNoMoreRefusesThePacket) {
  const auto [left, right] = make_link_pair();
  const auto pipe = make_pipe();
  const std::size_t before = count_open_fds();
  send_link(left.get(), bell(), std::array{pipe.first.get(), pipe.second.get()});
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  // Room for one descriptor of the two.
  UniqueFd lowest(::dup(pipe.first.get()));
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(lowest.get()) + 1,
                     .rlim_max = old_limit.rlim_max};
  lowest.reset();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  EXPECT_THROW((void)receive_link(right.get()), std::runtime_error);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old_limit), 0);
  EXPECT_EQ(count_open_fds(), before);
}

TEST(LinkSocket, ManyPacketsLeaveNoDescriptorOpen) {
  const std::size_t before = count_open_fds();
  {
    const auto [left, right] = make_link_pair();
    const auto pipe = make_pipe();
    for (int i = 0; i < 1000; ++i) {
      send_link(left.get(), bell(), std::array{pipe.first.get(), pipe.second.get()});
      ASSERT_EQ(receive_link(right.get())->fds.size(), 2U);
    }
    send_link(left.get(), bell(), std::array{pipe.first.get()});  // left unread on purpose
  }
  EXPECT_EQ(count_open_fds(), before);
}

}  // namespace
}  // namespace latham::control
