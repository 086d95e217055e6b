// SPDX-License-Identifier: MIT
#include "ringbuf/packet_ring.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::keep_open;
using latham::test::spawn_child;
using test::copy_of;

using Message = std::vector<std::byte>;

constexpr std::uint64_t kBytes = 4096;
constexpr std::size_t kCountAt = 64;
constexpr std::size_t kDataAt = 4096;

Message message_of(std::size_t bytes, std::uint64_t number) {
  Message message(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    message[i] = static_cast<std::byte>(number * 131 + i * 7 + (i >> 8));
  return message;
}

class PacketRing : public testing::Test {
 protected:
  /// The other end lies: its page, open to us.
  void set_count(const UniqueFd& page, std::uint64_t count) {
    const Mapping map(copy_of(page.get()), Access::write, 128, "page");
    *reinterpret_cast<Word64*>(map.data() + kCountAt) = count;
  }
  void set_record(std::uint64_t at, std::uint32_t bytes, std::uint32_t flags) {
    const Mapping map(copy_of(ring_.get()), Access::write, kDataAt + kBytes, "ring");
    std::memcpy(map.data() + kDataAt + at, &bytes, 4);
    std::memcpy(map.data() + kDataAt + at + 4, &flags, 4);
  }

  UniqueFd ring_ = create_packet_ring(kBytes);
  UniqueFd page_ = create_packet_reader();
  UniqueFd writers_bell_ = create_bell();
  UniqueFd readers_bell_ = create_bell();
  PacketWriter writer_{copy_of(ring_.get()), reopen_read_only(page_.get()),
                       copy_of(readers_bell_.get())};
  PacketReader reader_{reopen_read_only(ring_.get()), copy_of(page_.get()),
                       copy_of(writers_bell_.get())};
  Message got_;
};

TEST_F(PacketRing, EmptyRingHasNothingToRead) {
  EXPECT_FALSE(reader_.ready());
  EXPECT_EQ(reader_.try_read(got_), Status::empty);
}

TEST_F(PacketRing, BoundariesAreKept) {
  for (const std::size_t bytes : {1U, 7U, 8U, 9U, 100U, 0U, 1000U})
    ASSERT_EQ(writer_.try_write(message_of(bytes, bytes)), Status::ok);
  for (const std::size_t bytes : {1U, 7U, 8U, 9U, 100U, 0U, 1000U}) {
    EXPECT_TRUE(reader_.ready());
    ASSERT_EQ(reader_.try_read(got_), Status::ok);
    EXPECT_EQ(got_, message_of(bytes, bytes));
  }
  EXPECT_EQ(reader_.try_read(got_), Status::empty);
}

TEST_F(PacketRing, MessageOfNoBytesIsAMessage) {
  ASSERT_EQ(writer_.try_write({}), Status::ok);
  got_ = message_of(5, 5);
  ASSERT_EQ(reader_.try_read(got_), Status::ok);
  EXPECT_TRUE(got_.empty());
  EXPECT_EQ(reader_.try_read(got_), Status::empty);
}

TEST_F(PacketRing, RecordsWrapAtEveryPlace) {
  // 8 + 8k + 16 bytes a message: header and payload come to lie across the end in all ways.
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const Message message = message_of(i % 1021, i);
    ASSERT_EQ(writer_.try_write(message), Status::ok);
    ASSERT_EQ(reader_.try_read(got_), Status::ok);
    ASSERT_EQ(got_, message) << i;
  }
}

TEST_F(PacketRing, FullRingGoesOnWhenTheReaderHasRead) {
  std::uint64_t written = 0;
  while (writer_.try_write(message_of(300, written)) == Status::ok) ++written;
  EXPECT_EQ(written, kBytes / (8 + 304));
  EXPECT_FALSE(writer_.has_room());
  for (std::uint64_t i = 0; i < 50; ++i) {
    ASSERT_EQ(reader_.try_read(got_), Status::ok);
    ASSERT_EQ(got_, message_of(300, i));
    ASSERT_EQ(writer_.try_write(message_of(300, written++)), Status::ok);
  }
}

TEST_F(PacketRing, MessageLongerThanTheRingGoesInParts) {
  const Message message = message_of(10 * kBytes + 13, 3);
  ASSERT_EQ(writer_.try_write(message), Status::full);
  Status status = Status::full;
  while (status == Status::full) {
    EXPECT_EQ(reader_.try_read(got_), Status::empty) << "the message is not whole";
    status = writer_.try_write(message);
  }
  ASSERT_EQ(status, Status::ok);
  ASSERT_EQ(reader_.try_read(got_), Status::ok);
  EXPECT_EQ(got_, message);
  ASSERT_EQ(writer_.try_write(message_of(3, 4)), Status::ok);
  ASSERT_EQ(reader_.try_read(got_), Status::ok);
  EXPECT_EQ(got_, message_of(3, 4));
}

TEST_F(PacketRing, RandomSizesArriveWhole) {
  std::mt19937 random(20240607);
  std::uniform_int_distribution<std::size_t> size(0, 3000);
  std::uint64_t sent = 0;
  std::uint64_t read = 0;
  std::vector<Message> queue;
  Message next = message_of(size(random), 0);
  while (read < 3000) {
    if (random() % 2 == 0) {
      if (writer_.try_write(next) == Status::ok) {
        queue.push_back(next);
        next = message_of(size(random), ++sent);
      }
    } else if (reader_.try_read(got_) == Status::ok) {
      ASSERT_EQ(got_, queue.front());
      queue.erase(queue.begin());
      ++read;
    }
  }
}

struct Lie {
  const char* name;
  std::uint64_t count;
  std::uint32_t bytes;
};
class HostilePacketWriter : public PacketRing, public testing::WithParamInterface<Lie> {};

TEST_P(HostilePacketWriter, IsFoundOut) {
  set_record(0, GetParam().bytes, 0);
  set_count(ring_, GetParam().count);
  EXPECT_EQ(reader_.try_read(got_), Status::corrupt);
}

INSTANTIATE_TEST_SUITE_P(Counts, HostilePacketWriter,
                         testing::Values(Lie{"MoreThanTheRingHolds", kBytes + 8, 0},
                                         Lie{"LessThanAHeader", 4, 0},
                                         Lie{"CountAtTheLimit", ~std::uint64_t{0}, 0},
                                         Lie{"RecordBeyondWhatIsThere", 16, 9},
                                         Lie{"RecordLargerThanTheRing", 4096, 5000},
                                         Lie{"RecordAtTheLimit", 4096, ~0U}),
                         [](const auto& test) { return test.param.name; });

TEST_F(PacketRing, CountThatGoesBackIsCorrupt) {
  ASSERT_EQ(writer_.try_write(message_of(100, 1)), Status::ok);
  ASSERT_EQ(reader_.try_read(got_), Status::ok);
  set_count(ring_, 0);
  EXPECT_EQ(reader_.try_read(got_), Status::corrupt);
}

TEST_F(PacketRing, ReaderThatLiesStallsTheWriterAndNothingElse) {
  for (const std::uint64_t lie : {std::uint64_t{1} << 63, std::uint64_t{8}, std::uint64_t{4096}}) {
    set_count(page_, lie);
    EXPECT_EQ(writer_.try_write(message_of(1000, 1)), Status::full) << lie;
  }
  set_count(page_, 0);
  EXPECT_EQ(writer_.try_write(message_of(1000, 1)), Status::ok);
}

TEST_F(PacketRing, RegionsThatDoNotFitAreRefused) {
  const auto writer = [this](UniqueFd ring, UniqueFd page) {
    return PacketWriter(std::move(ring), std::move(page), copy_of(readers_bell_.get()));
  };
  EXPECT_THROW(writer(create_packet_reader(), copy_of(page_.get())), std::runtime_error);
  EXPECT_THROW(writer(copy_of(ring_.get()), create_packet_ring(kBytes)), std::runtime_error);
  EXPECT_THROW(writer(create_region("zero", 8192), copy_of(page_.get())), std::runtime_error);
  for (const std::uint64_t bytes : {0U, 2048U, 5000U, ~0U})
    EXPECT_THROW((void)create_packet_ring(bytes), std::runtime_error) << bytes;
}

/// args: ring, reader page, reader's bell, whole messages. Dies in the middle of a long one.
LATHAM_CHILD(dying_packet_writer) {
  PacketWriter writer(copy_of(std::stoi(args.at(0))), copy_of(std::stoi(args.at(1))),
                      copy_of(std::stoi(args.at(2))));
  for (std::uint64_t i = 0; i < std::stoull(args.at(3)); ++i)
    if (writer.try_write(message_of(50, i)) != Status::ok) return 1;
  if (writer.try_write(message_of(2 * kBytes, 99)) != Status::full) return 2;
  ::kill(::getpid(), SIGKILL);
  return 3;
}

TEST_F(PacketRing, WriterKilledInAMessageLeavesTheWholeOnes) {
  const UniqueFd page = reopen_read_only(page_.get());
  Child child = spawn_child("dying_packet_writer", keep_open(ring_.get()), keep_open(page.get()),
                            keep_open(readers_bell_.get()), 10);
  EXPECT_EQ(child.wait().signal, SIGKILL);
  for (std::uint64_t i = 0; i < 10; ++i) {
    ASSERT_EQ(reader_.try_read(got_), Status::ok);
    EXPECT_EQ(got_, message_of(50, i));
  }
  EXPECT_EQ(reader_.try_read(got_), Status::empty);
  EXPECT_EQ(reader_.try_read(got_), Status::empty);
}

TEST_F(PacketRing, PartOfAMessageThatIsNoQuarterOfTheRingIsCorrupt) {
  constexpr std::uint32_t kMore = 1;
  // Parts of no bytes could keep the reader at it for as long as a writer likes.
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{8}, kBytes / 4 - 1, kBytes / 2}) {
    PacketReader reader(reopen_read_only(ring_.get()), create_packet_reader(),
                        copy_of(writers_bell_.get()));
    set_record(0, static_cast<std::uint32_t>(bytes), kMore);
    set_count(ring_, kBytes);
    EXPECT_EQ(reader.try_read(got_), Status::corrupt) << bytes;
  }
  PacketReader reader(reopen_read_only(ring_.get()), create_packet_reader(),
                      copy_of(writers_bell_.get()));
  set_record(0, kBytes / 4, kMore);
  set_count(ring_, 8 + kBytes / 4);
  EXPECT_EQ(reader.try_read(got_), Status::empty) << "the rest is to come";
}

/// args: ring, reader page, writer's bell, own bell, messages.
LATHAM_CHILD(packet_reader) {
  PacketReader reader(copy_of(std::stoi(args.at(0))), copy_of(std::stoi(args.at(1))),
                      copy_of(std::stoi(args.at(2))));
  OwnBell bell(copy_of(std::stoi(args.at(3))));
  Message message;
  for (std::uint64_t i = 0; i < std::stoull(args.at(4)); ++i) {
    Status status = reader.try_read(message);
    for (; status == Status::empty; status = reader.try_read(message))
      bell.wait([&] { return reader.ready(); });
    if (status != Status::ok) return 1;
    if (message != message_of(i * 37 % 6000, i)) return 2;
  }
  return reader.try_read(message) == Status::empty ? 0 : 3;
}

TEST_F(PacketRing, MessagesReachAnotherProcess) {
  constexpr std::uint64_t kMessages = 3000;
  const UniqueFd ring = reopen_read_only(ring_.get());
  Child child =
      spawn_child("packet_reader", keep_open(ring.get()), keep_open(page_.get()),
                  keep_open(writers_bell_.get()), keep_open(readers_bell_.get()), kMessages);
  OwnBell bell(copy_of(writers_bell_.get()));
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const Message message = message_of(i * 37 % 6000, i);
    while (writer_.try_write(message) == Status::full)
      bell.wait([this] { return writer_.has_room(); });
  }
  EXPECT_EQ(child.wait().code, 0);
}

}  // namespace
}  // namespace latham::ringbuf
