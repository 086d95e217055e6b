// SPDX-License-Identifier: MIT
// The same frames through every transport: what arrives is what was sent.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/child.h"
#include "tests/unit/transport/ends.h"

namespace latham::transport {
namespace {

using latham::test::Child;
using latham::test::keep_open;
using latham::test::spawn_child;
using test::copy_of;
using test::Ends;
using test::Kind;
using test::Shape;

struct Picture {
  const char* name;
  std::vector<Shape> shapes;
};

const std::vector<Picture>& pictures() {
  static const std::vector<Picture> all{
      {"OnePixel", {{1, 1, 1}}},
      {"OnePixelInThreePlanes", {{1, 1, 64}, {1, 1, 64}, {1, 1, 64}}},
      {"OddSize", {{319, 17, 320}, {160, 9, 192}, {160, 9, 192}}},
      {"OddStride", {{319, 17, 333}, {160, 9, 161}, {160, 9, 167}}},
      {"RowsUpwards", {{320, 16, -320}, {160, 8, -192}, {160, 8, -160}}},
      {"FirstPlaneUpwards", {{100, 5, -101}, {100, 5, 128}}},
      {"FourPlanes", {{64, 8, 64}, {64, 8, 128}, {64, 8, 64}, {64, 8, 256}}},
      {"LargePadding", {{10, 30, 4096}, {5, 15, 8192}}},
      {"OneRow", {{4000, 1, 4000}}},
      {"OneRowUpwards", {{4000, 1, -4000}}},
      {"OneColumn", {{1, 500, 64}}},
      {"OverlappingRows", {{64, 8, 0}}},
      {"Large", {{1920, 270, 1920}, {960, 135, 960}, {960, 135, 960}}},
  };
  return all;
}

std::vector<std::byte> meta_for(std::uint64_t number) {
  std::vector<std::byte> meta(number * 997 % 5000);
  for (std::size_t i = 0; i < meta.size(); ++i) meta[i] = static_cast<std::byte>(i * number);
  return meta;
}

class Frames : public testing::TestWithParam<Kind> {
 protected:
  /// A frame in memory of the test's own.
  OutgoingFrame private_frame(const std::vector<Shape>& shapes, std::uint64_t number) {
    auto memory = std::make_shared<std::vector<std::byte>>(test::room_for(shapes));
    OutgoingFrame frame = test::draw(memory->data(), shapes, number);
    frame.keep = std::shared_ptr<void>(memory, memory->data());
    return frame;
  }
  Ends ends_{GetParam()};
  IncomingFrame incoming_;
};

INSTANTIATE_TEST_SUITE_P(Through, Frames, testing::Values(Kind::shm, Kind::pipe), test::name_of);

TEST_P(Frames, EveryShapeOfPlanesArrivesEqual) {
  std::uint64_t number = 0;
  for (int round = 0; round < 3; ++round) {
    for (const Picture& picture : pictures()) {
      ++number;
      // Rows that overlap hold what was written last; one drawn row is enough there.
      std::vector<Shape> shapes = picture.shapes;
      if (shapes[0].stride == 0) shapes[0].rows = 1;
      ASSERT_EQ(ends_.send(private_frame(shapes, number)), Status::ok);
      ASSERT_EQ(ends_.receive(incoming_), Status::ok) << picture.name;
      EXPECT_EQ(incoming_.number, number);
      EXPECT_TRUE(test::is_drawn(incoming_, shapes, number)) << picture.name;
    }
  }
}

TEST_P(Frames, EveryShapeArrivesEqualFromALentRoom) {
  std::uint64_t number = 0;
  for (const Picture& picture : pictures()) {
    std::vector<Shape> shapes = picture.shapes;
    if (shapes[0].stride == 0) shapes[0].rows = 1;
    const std::shared_ptr<Room> room = ends_.sender->try_room(test::room_for(shapes));
    ASSERT_NE(room, nullptr);
    OutgoingFrame frame = test::draw(room->data(), shapes, ++number);
    frame.keep = room;
    ASSERT_EQ(ends_.send(frame), Status::ok);
    ASSERT_EQ(ends_.receive(incoming_), Status::ok) << picture.name;
    EXPECT_TRUE(test::is_drawn(incoming_, shapes, number)) << picture.name;
  }
}

TEST_P(Frames, RowsThatShareOneMemoryArriveEqual) {
  // stride 0: a picture of one row shown many times
  std::vector<std::byte> row(64 + kGuardBytes, std::byte{7});
  OutgoingFrame frame;
  frame.plane_count = 1;
  frame.plane[0] = {row.data(), 0, 8, 64};
  ASSERT_EQ(ends_.send(frame), Status::ok);
  ASSERT_EQ(ends_.receive(incoming_), Status::ok);
  EXPECT_EQ(incoming_.plane[0].rows, 8U);
  for (std::int64_t r = 0; r < 8; ++r)
    EXPECT_EQ(incoming_.plane[0].data[r * incoming_.plane[0].stride + 63], std::byte{7});
}

TEST_P(Frames, MetadataAndOriginArriveEqual) {
  const std::vector<Shape> shapes{{64, 4, 64}};
  for (std::uint64_t number = 1; number <= 40; ++number) {
    OutgoingFrame frame = private_frame(shapes, number);
    const std::vector<std::byte> meta = meta_for(number);
    frame.meta = meta;
    frame.origin = number * 1000;
    ASSERT_EQ(ends_.send(frame), Status::ok);
    ASSERT_EQ(ends_.receive(incoming_), Status::ok);
    EXPECT_EQ(incoming_.meta, meta);
    EXPECT_EQ(incoming_.origin, number * 1000);
  }
}

TEST_P(Frames, EmptyStreamEnds) {
  ends_.sender->end();
  EXPECT_EQ(ends_.receive(incoming_), Status::end);
  EXPECT_TRUE(ends_.receiver->ready());
  EXPECT_EQ(ends_.receiver->receive(incoming_), Status::end);
}

TEST_P(Frames, EndComesAfterTheLastFrame) {
  const std::vector<Shape> shapes{{64, 4, 64}};
  for (std::uint64_t q = 1; q <= 3; ++q)
    ASSERT_EQ(ends_.send(private_frame(shapes, q)), Status::ok);
  ends_.sender->end();
  for (std::uint64_t q = 1; q <= 3; ++q) {
    ASSERT_EQ(ends_.receive(incoming_), Status::ok);
    EXPECT_EQ(incoming_.number, q);
  }
  EXPECT_EQ(ends_.receive(incoming_), Status::end);
  EXPECT_EQ(ends_.sender->sent(), 3U);
}

TEST_P(Frames, NothingSentIsAgain) {
  EXPECT_FALSE(ends_.receiver->ready());
  EXPECT_EQ(ends_.receiver->receive(incoming_), Status::again);
}

TEST_P(Frames, SenderIsToldAgainUntilTheReceiverTakes) {
  // A frame that no pipe buffer holds, so that the queues are what fills.
  const std::vector<Shape> shapes{{4096, 128, 4096}};
  std::uint64_t sent = 0;
  OutgoingFrame frame = private_frame(shapes, 1);
  // The pipe's threads empty its queue meanwhile; full is full once they cannot go on.
  while (sent < 200 && ends_.sender->send(frame) == Status::ok) ++sent;
  ASSERT_LT(sent, 200U);
  EXPECT_GE(sent, kDepth / 2);
  EXPECT_FALSE(ends_.sender->drained());
  std::uint64_t received = 0;
  for (std::uint64_t more = 0; more < 100; ++more) {
    while (ends_.sender->send(frame) == Status::ok) ++sent;
    ASSERT_EQ(ends_.receive(incoming_), Status::ok);
    incoming_.hold.reset();
    ++received;
  }
  ends_.sender->end();
  while (ends_.receive(incoming_) == Status::ok) ++received;
  EXPECT_EQ(received, sent);
  EXPECT_EQ(ends_.receive(incoming_), Status::end);
}

TEST_P(Frames, SenderIsDrainedWhenTheReceiverHasAll) {
  const std::vector<Shape> shapes{{64, 4, 64}};
  EXPECT_TRUE(ends_.sender->drained());
  for (std::uint64_t q = 1; q <= 4; ++q)
    ASSERT_EQ(ends_.send(private_frame(shapes, q)), Status::ok);
  ends_.sender->end();
  while (ends_.receive(incoming_) == Status::ok) incoming_.hold.reset();
  while (!ends_.sender->drained())
    ends_.sender_bell.wait([this] { return ends_.sender->drained(); });
}

TEST_P(Frames, FramesKeptByTheReceiverKeepTheirBytes) {
  const std::vector<Shape> shapes{{256, 16, 256}};
  std::vector<IncomingFrame> kept(60);
  for (std::uint64_t q = 1; q <= kept.size(); ++q) {
    ASSERT_EQ(ends_.send(private_frame(shapes, q)), Status::ok);
    ASSERT_EQ(ends_.receive(kept[q - 1]), Status::ok);
  }
  for (std::uint64_t q = 1; q <= kept.size(); ++q)
    EXPECT_TRUE(test::is_drawn(kept[q - 1], shapes, q)) << q;
}

TEST_P(Frames, RoomKeptByACodecKeepsItsBytesAfterSending) {
  const std::vector<Shape> shapes{{256, 16, 256}};
  const std::shared_ptr<Room> reference = ends_.sender->try_room(test::room_for(shapes));
  ASSERT_NE(reference, nullptr);
  OutgoingFrame frame = test::draw(reference->data(), shapes, 1);
  frame.keep = reference;
  ASSERT_EQ(ends_.send(frame), Status::ok);
  ASSERT_EQ(ends_.receive(incoming_), Status::ok);
  incoming_.hold.reset();
  for (std::uint64_t q = 2; q <= 100; ++q) {
    ASSERT_TRUE(ends_.sender->ready());  // lets go of what the receiver is done with
    std::shared_ptr<Room> room = ends_.sender->try_room(test::room_for(shapes));
    ASSERT_NE(room, nullptr);
    OutgoingFrame next = test::draw(room->data(), shapes, q);
    next.keep = std::move(room);
    ASSERT_EQ(ends_.send(next), Status::ok);
    next.keep.reset();
    ASSERT_EQ(ends_.receive(incoming_), Status::ok);
    incoming_.hold.reset();
  }
  ASSERT_EQ(ends_.send(frame), Status::ok) << "shown once more";
  ASSERT_EQ(ends_.receive(incoming_), Status::ok);
  EXPECT_TRUE(test::is_drawn(incoming_, shapes, 1));
}

TEST_P(Frames, OnePictureShownAgainAndAgainArrivesEachTime) {
  const std::vector<Shape> shapes{{256, 16, 256}};
  const std::shared_ptr<Room> room = ends_.sender->try_room(test::room_for(shapes));
  ASSERT_NE(room, nullptr);
  OutgoingFrame frame = test::draw(room->data(), shapes, 1);
  frame.keep = room;
  for (std::uint64_t q = 1; q <= 100; ++q) {
    ASSERT_EQ(ends_.send(frame), Status::ok);
    ASSERT_EQ(ends_.receive(incoming_), Status::ok);
    ASSERT_EQ(incoming_.number, q);
    ASSERT_TRUE(test::is_drawn(incoming_, shapes, 1));
  }
}

/// args: kind, then the descriptors of the receiver's end, bells, frames. Exit 0: all as sent.
LATHAM_CHILD(frame_receiver) {
  const auto kind = static_cast<Kind>(std::stoi(args.at(0)));
  const auto fd = [&](std::size_t i) { return copy_of(std::stoi(args.at(i))); };
  ringbuf::OwnBell bell(fd(1));
  std::unique_ptr<FrameReceiver> receiver;
  if (kind == Kind::pipe) {
    // The parent's number is closed too, or its end would outlive the receiver.
    receiver = std::make_unique<PipeReceiver>(UniqueFd(std::stoi(args.at(3))), bell);
  } else {
    receiver = std::make_unique<SharedMemoryReceiver>(
        ringbuf::LosslessConsumer(fd(3), fd(4), fd(2), kHoldBudget));
  }
  const std::uint64_t frames = std::stoull(args.at(5));
  for (std::uint64_t q = 1;; ++q) {
    IncomingFrame frame;
    Status status = receiver->receive(frame);
    for (; status == Status::again; status = receiver->receive(frame))
      bell.wait([&] { return receiver->ready(); });
    if (status == Status::end) return q == frames + 1 ? 0 : 10;
    if (status == Status::lost) return 11;
    if (status != Status::ok || frame.number != q) return 12;
    const Picture& picture = pictures()[q % pictures().size()];
    if (picture.shapes[0].stride != 0 && !test::is_drawn(frame, picture.shapes, q)) return 13;
    if (frame.meta != meta_for(q)) return 14;
  }
}

class FramesBetweenProcesses : public testing::TestWithParam<Kind> {
 protected:
  Child start_receiver(test::Wire& wire, std::uint64_t frames) {
    const bool pipe = wire.kind == Kind::pipe;
    const UniqueFd memory =
        pipe ? std::move(wire.read_end) : ringbuf::reopen_read_only(wire.pool.get());
    const int claims = pipe ? wire.receiver_bell.get() : wire.claims.get();
    return spawn_child("frame_receiver", static_cast<int>(wire.kind),
                       keep_open(wire.receiver_bell.get()), keep_open(wire.sender_bell.get()),
                       keep_open(memory.get()), keep_open(claims), frames);
  }
  static OutgoingFrame frame_for(std::uint64_t q, std::vector<std::byte>& memory,
                                 const std::vector<std::byte>& meta) {
    const Picture& picture = pictures()[q % pictures().size()];
    memory.resize(test::room_for(picture.shapes));
    OutgoingFrame frame = test::draw(memory.data(), picture.shapes, q);
    frame.meta = meta;
    return frame;
  }
  test::Wire wire_{GetParam()};
  ringbuf::OwnBell bell_{copy_of(wire_.sender_bell.get())};
};

INSTANTIATE_TEST_SUITE_P(Through, FramesBetweenProcesses, testing::Values(Kind::shm, Kind::pipe),
                         test::name_of);

TEST_P(FramesBetweenProcesses, StreamArrivesWholeAndEqual) {
  constexpr std::uint64_t kFrames = 400;
  std::unique_ptr<FrameSender> sender = wire_.open_sender(bell_);
  Child receiver = start_receiver(wire_, kFrames);
  for (std::uint64_t q = 1; q <= kFrames; ++q) {
    auto memory = std::make_shared<std::vector<std::byte>>();
    const std::vector<std::byte> meta = meta_for(q);
    OutgoingFrame frame = frame_for(q, *memory, meta);
    frame.keep = memory;
    while (!sender->ready()) bell_.wait([&] { return sender->ready(); });
    ASSERT_EQ(sender->send(frame), Status::ok);
  }
  sender->end();
  while (!sender->drained()) bell_.wait([&] { return sender->drained(); });
  EXPECT_EQ(receiver.wait().code, 0);
  EXPECT_EQ(sender->sent(), kFrames);
}

/// Sends 1 MiB frames of private memory until the sender says that the receiver should catch up.
std::uint32_t send_until_unready(Ends& ends) {
  const std::vector<Shape> large{{1 << 10, 1023, 1 << 10}};
  std::vector<std::byte> memory(test::room_for(large));
  std::uint32_t sent = 0;
  for (; sent <= kDepth && ends.sender->ready(); ++sent)
    EXPECT_EQ(ends.sender->send(test::draw(memory.data(), large, sent + 1)), Status::ok);
  return sent;
}

TEST(SharedMemoryFrames, BytesThatNobodyTookBoundHowFarTheSenderRunsAhead) {
  Ends ends(Kind::shm);
  EXPECT_EQ(send_until_unready(ends), kAheadBytes / (1023 << 10));
}

TEST(SharedMemoryFrames, TakenFramesLetTheSenderGoOnThoughTheyAreKept) {
  Ends ends(Kind::shm);
  const std::uint32_t ahead = send_until_unready(ends);
  std::vector<IncomingFrame> kept(2);
  for (IncomingFrame& frame : kept) ASSERT_EQ(ends.receive(frame), Status::ok);
  EXPECT_EQ(send_until_unready(ends), 2U);
  EXPECT_EQ(ends.sender->backlog().frames, ahead);
}

TEST(PipeFrames, ReceiverOfADeadSenderIsToldThatItIsLost) {
  test::Wire wire(Kind::pipe);
  ringbuf::OwnBell bell(copy_of(wire.receiver_bell.get()));
  const std::unique_ptr<FrameReceiver> receiver = wire.open_receiver(bell);
  EXPECT_EQ(::write(wire.write_end.get(), "half a header", 13), 13);
  wire.write_end.reset();
  while (!receiver->ready()) bell.wait([&] { return receiver->ready(); });
  IncomingFrame frame;
  EXPECT_EQ(receiver->receive(frame), Status::lost);
  EXPECT_EQ(receiver->receive(frame), Status::lost);
}

TEST(PipeFrames, FramesThatArrivedAreGivenBeforeTheLossIsTold) {
  Ends ends(Kind::pipe);
  std::vector<std::byte> memory(4096);
  const OutgoingFrame frame = test::draw(memory.data(), {{64, 4, 64}}, 1);
  ASSERT_EQ(ends.send(frame), Status::ok);
  while (!ends.sender->drained()) ends.sender_bell.wait([&] { return ends.sender->drained(); });
  ends.sender.reset();
  IncomingFrame incoming;
  EXPECT_EQ(ends.receive(incoming), Status::ok);
  EXPECT_EQ(ends.receive(incoming), Status::lost);
}

TEST(PipeFrames, SenderToADeadReceiverIsToldThatItIsLost) {
  Ends ends(Kind::pipe);
  ends.receiver.reset();
  std::vector<std::byte> memory(4096);
  const OutgoingFrame frame = test::draw(memory.data(), {{64, 4, 64}}, 1);
  Status status = Status::ok;
  while (status == Status::ok || status == Status::again) status = ends.sender->send(frame);
  EXPECT_EQ(status, Status::lost);
  EXPECT_TRUE(ends.sender->ready()) << "a stage that waits for ready() must hear of it";
  EXPECT_TRUE(ends.sender->drained());
}

TEST(PipeFrames, SenderThatIsDroppedWhileItWritesStops) {
  auto ends = std::make_unique<Ends>(Kind::pipe);
  auto memory = std::make_shared<std::vector<std::byte>>(8 << 20);
  OutgoingFrame frame = test::draw(memory->data(), {{4096, 1024, 4096}}, 1);
  frame.keep = memory;
  for (int i = 0; i < 4; ++i) ASSERT_EQ(ends->send(frame), Status::ok);
  ends.reset();
}

}  // namespace
}  // namespace latham::transport
