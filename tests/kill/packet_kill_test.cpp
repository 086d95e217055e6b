// SPDX-License-Identifier: MIT
// Either side of a packet ring dies at each of its stores: the other sees whole messages only.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

#include "ringbuf/packet_ring.h"
#include "tests/kill/cast.h"
#include "tests/kill/kill_point.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::keep_open;
using latham::test::Log;
using latham::test::spawn_child;
using latham::test::taken;
using latham::test::Word;
using test::copy_of;

constexpr std::uint64_t kMessages = 12;
constexpr std::uint64_t kRingBytes = 4096;

/// Some in several parts, some that wrap around.
std::vector<std::byte> message(std::uint64_t number) {
  std::vector<std::byte> bytes(8 + number * 377 % 2600);
  test::stamp(bytes.data(), bytes.size(), number);
  return bytes;
}

/// args: ring, reader page, reader's bell, own bell, word, n.
LATHAM_CHILD(killable_writer) {
  PacketWriter writer(taken(args.at(0)), taken(args.at(1)), taken(args.at(2)));
  OwnBell bell(taken(args.at(3)));
  latham::test::die_at_store(std::stoull(args.at(5)));
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    const std::vector<std::byte> bytes = message(i);
    while (writer.try_write(bytes) == Status::full) {
      if (Word::heard(std::stoi(args.at(4)))) return latham::test::kNeighbourDied;
      bell.wait([&] { return writer.has_room(); });
    }
  }
  return latham::test::kSawTheEnd;
}

/// args: ring, reader page, writer's bell, own bell, log, word, n.
LATHAM_CHILD(killable_packet_reader) {
  PacketReader reader(taken(args.at(0)), taken(args.at(1)), taken(args.at(2)));
  OwnBell bell(taken(args.at(3)));
  latham::test::die_at_store(std::stoull(args.at(6)));
  std::vector<std::byte> bytes;
  for (std::uint64_t i = 1; i <= kMessages;) {
    const bool alone = Word::heard(std::stoi(args.at(5)));
    const Status status = reader.try_read(bytes);
    if (status == Status::corrupt) return latham::test::kCorrupt;
    if (status != Status::ok) {
      if (alone) return latham::test::kNeighbourDied;
      bell.wait([&] { return reader.ready(); });
      continue;
    }
    if (bytes != message(i)) return latham::test::kWrongBytes;
    Log::note(std::stoi(args.at(4)), i++);
    if (alone) return latham::test::kNeighbourDied;
  }
  return latham::test::kSawTheEnd;
}

class Pair {
 public:
  Child start_writer(std::uint64_t n) {
    return spawn_child("killable_writer", keep_open(ring_.get()), keep_open(page_ro_.get()),
                       keep_open(reader_bell_.get()), keep_open(writer_bell_.get()),
                       keep_open(reader_gone.fd()), n);
  }
  Child start_reader(std::uint64_t n) {
    return spawn_child("killable_packet_reader", keep_open(ring_ro_.get()), keep_open(page_.get()),
                       keep_open(writer_bell_.get()), keep_open(reader_bell_.get()),
                       keep_open(log.fd()), keep_open(writer_gone.fd()), n);
  }
  /// As the supervisor does after each death.
  void tell(const Word& word) const {
    word.say();
    for (const int fd : {reader_bell_.get(), writer_bell_.get()})
      BellRinger(copy_of(fd)).ring_always();
  }
  Log log;
  Word reader_gone;
  Word writer_gone;

 private:
  UniqueFd ring_ = create_packet_ring(kRingBytes);
  UniqueFd ring_ro_ = reopen_read_only(ring_.get());
  UniqueFd page_ = create_packet_reader();
  UniqueFd page_ro_ = reopen_read_only(page_.get());
  UniqueFd reader_bell_ = create_bell();
  UniqueFd writer_bell_ = create_bell();
};

TEST(PacketKill, WriterAtEachStoreLeavesWholeMessages) {
  std::uint64_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE(n);
    Pair pair;
    Child reader = pair.start_reader(0);
    Child writer = pair.start_writer(n);
    const auto end = writer.wait();
    if (!end.exited) pair.tell(pair.writer_gone);
    const int code = reader.wait().code;
    ASSERT_EQ(code, end.exited ? latham::test::kSawTheEnd : code);
    ASSERT_TRUE(code == latham::test::kSawTheEnd || code == latham::test::kNeighbourDied) << code;
    const std::vector<std::uint64_t> seen = pair.log.take();
    latham::test::expect_all_until(seen, seen.size());
    if (end.exited) break;
  }
  EXPECT_GT(n, kMessages);
  RecordProperty("kills", std::to_string(n - 1));
}

TEST(PacketKill, ReaderAtEachStoreLeavesAWriterThatCanLeave) {
  std::uint64_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE(n);
    Pair pair;
    Child writer = pair.start_writer(0);
    Child reader = pair.start_reader(n);
    const auto end = reader.wait();
    if (!end.exited) pair.tell(pair.reader_gone);
    const int code = writer.wait().code;
    ASSERT_TRUE(code == latham::test::kSawTheEnd || code == latham::test::kNeighbourDied) << code;
    if (end.exited) {
      EXPECT_EQ(end.code, latham::test::kSawTheEnd);
      latham::test::expect_all_until(pair.log.take(), kMessages);
      break;
    }
  }
  EXPECT_GT(n, kMessages);
  RecordProperty("kills", std::to_string(n - 1));
}

}  // namespace
}  // namespace latham::ringbuf
