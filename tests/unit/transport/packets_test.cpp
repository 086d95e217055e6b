// SPDX-License-Identifier: MIT
// Messages beside the frames: the same through every transport.
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

#include "tests/unit/transport/ends.h"

namespace latham::transport {
namespace {

using test::copy_of;
using test::Kind;

using Message = std::vector<std::byte>;

Message message_of(std::size_t bytes, std::uint64_t number) {
  Message message(bytes);
  for (std::size_t i = 0; i < bytes; ++i) message[i] = static_cast<std::byte>(number * 131 + i * 7);
  return message;
}

class Packets : public testing::TestWithParam<Kind> {
 protected:
  Packets() {
    if (GetParam() == Kind::pipe) {
      auto [read_end, write_end] = latham::test::make_pipe();
      sender_ = std::make_unique<PipePacketSender>(std::move(write_end), sender_bell_);
      receiver_ = std::make_unique<PipePacketReceiver>(std::move(read_end), receiver_bell_);
      return;
    }
    const UniqueFd ring = ringbuf::create_packet_ring(1 << 16);
    const UniqueFd page = ringbuf::create_packet_reader();
    sender_ = std::make_unique<SharedMemoryPacketSender>(
        ringbuf::PacketWriter(copy_of(ring.get()), ringbuf::reopen_read_only(page.get()),
                              copy_of(receiver_bell_fd_.get())));
    receiver_ = std::make_unique<SharedMemoryPacketReceiver>(
        ringbuf::PacketReader(ringbuf::reopen_read_only(ring.get()), copy_of(page.get()),
                              copy_of(sender_bell_fd_.get())));
  }
  Status receive(Message& message) {
    Status status = receiver_->receive(message);
    for (; status == Status::again; status = receiver_->receive(message))
      receiver_bell_.wait([this] { return receiver_->ready(); });
    return status;
  }

  UniqueFd sender_bell_fd_ = ringbuf::create_bell();
  UniqueFd receiver_bell_fd_ = ringbuf::create_bell();
  ringbuf::OwnBell sender_bell_{copy_of(sender_bell_fd_.get())};
  ringbuf::OwnBell receiver_bell_{copy_of(receiver_bell_fd_.get())};
  std::unique_ptr<PacketSender> sender_;
  std::unique_ptr<PacketReceiver> receiver_;
  Message got_;
};

INSTANTIATE_TEST_SUITE_P(Through, Packets, testing::Values(Kind::shm, Kind::pipe), test::name_of);

TEST_P(Packets, NothingSentIsAgain) {
  EXPECT_FALSE(receiver_->ready());
  EXPECT_EQ(receiver_->receive(got_), Status::again);
  EXPECT_TRUE(sender_->drained());
}

TEST_P(Packets, BoundariesAreKept) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Message message = message_of(i * i % 9000, i);
    ASSERT_EQ(sender_->send(message), Status::ok);
    ASSERT_EQ(receive(got_), Status::ok);
    ASSERT_EQ(got_, message) << i;
  }
}

TEST_P(Packets, MessageOfNoBytesIsAMessage) {
  ASSERT_EQ(sender_->send({}), Status::ok);
  ASSERT_EQ(sender_->send(message_of(3, 1)), Status::ok);
  got_ = message_of(9, 9);
  ASSERT_EQ(receive(got_), Status::ok);
  EXPECT_TRUE(got_.empty());
  ASSERT_EQ(receive(got_), Status::ok);
  EXPECT_EQ(got_, message_of(3, 1));
}

TEST_P(Packets, LongMessageArrivesWhole) {
  const Message message = message_of(5 << 20, 7);
  Status status = sender_->send(message);
  while (status == Status::again) {
    EXPECT_EQ(receiver_->receive(got_), Status::again) << "it is not whole";
    status = sender_->send(message);
  }
  ASSERT_EQ(status, Status::ok);
  ASSERT_EQ(receive(got_), Status::ok);
  EXPECT_EQ(got_, message);
}

TEST_P(Packets, SenderIsToldAgainUntilTheReceiverTakes) {
  const Message message = message_of(10'000, 1);
  std::uint64_t sent = 0;
  while (sent < 20'000 && sender_->send(message) == Status::ok) ++sent;
  ASSERT_LT(sent, 20'000U);
  std::uint64_t received = 0;
  for (Status status = Status::again; status == Status::again;) {
    ASSERT_EQ(receive(got_), Status::ok);
    ASSERT_EQ(got_, message);
    ++received;
    status = sender_->send(message);
  }
  for (; received < sent + 1; ++received) ASSERT_EQ(receive(got_), Status::ok);
  EXPECT_EQ(receiver_->receive(got_), Status::again);
}

class PipePackets : public testing::Test {
 protected:
  /// What the receiver says of these bytes and a closed pipe.
  Status status_of(const std::vector<std::uint32_t>& words) {
    auto [read_end, write_end] = latham::test::make_pipe();
    const auto bytes = static_cast<ssize_t>(words.size() * 4);
    EXPECT_EQ(::write(write_end.get(), words.data(), static_cast<std::size_t>(bytes)), bytes);
    write_end.reset();
    PipePacketReceiver receiver(std::move(read_end), bell_);
    while (!receiver.ready()) bell_.wait([&] { return receiver.ready(); });
    Message message;
    return receiver.receive(message);
  }
  ringbuf::OwnBell bell_{ringbuf::create_bell()};
};

constexpr std::uint32_t kMagic = 0x544b504c;

TEST_F(PipePackets, ClosedPipeIsLost) {
  EXPECT_EQ(status_of({}), Status::lost);
}
TEST_F(PipePackets, HalfAHeaderIsLost) {
  EXPECT_EQ(status_of({4}), Status::lost);
}
TEST_F(PipePackets, HalfAMessageIsLost) {
  EXPECT_EQ(status_of({8, kMagic, 1}), Status::lost);
}
TEST_F(PipePackets, WrongMagicIsCorrupt) {
  EXPECT_EQ(status_of({4, 77, 1}), Status::corrupt);
}
TEST_F(PipePackets, TooLongAMessageIsCorrupt) {
  EXPECT_EQ(status_of({~0U, kMagic}), Status::corrupt);
}

TEST_F(PipePackets, SenderToADeadReceiverIsToldThatItIsLost) {
  auto [read_end, write_end] = latham::test::make_pipe();
  PipePacketSender sender(std::move(write_end), bell_);
  read_end.reset();
  Status status = Status::ok;
  while (status == Status::ok || status == Status::again) status = sender.send(message_of(64, 1));
  EXPECT_EQ(status, Status::lost);
  EXPECT_TRUE(sender.drained());
}

}  // namespace
}  // namespace latham::transport
