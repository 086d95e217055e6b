// SPDX-License-Identifier: MIT
// What is copied on the way through shared memory, and that it is counted.
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/transport/ends.h"

namespace latham::transport {
namespace {

using test::copy_of;
using test::Ends;
using test::Kind;
using test::Shape;

const std::vector<Shape> kYuv{{320, 16, 320}, {160, 8, 192}, {160, 8, 192}};

std::shared_ptr<std::vector<std::byte>> private_memory() {
  return std::make_shared<std::vector<std::byte>>(test::room_for(kYuv));
}

TEST(Copies, FrameDrawnInARoomIsNotCopied) {
  Ends ends(Kind::shm);
  for (std::uint64_t q = 1; q <= 100; ++q) {
    ASSERT_TRUE(ends.sender->ready());  // lets go of what the receiver is done with
    std::shared_ptr<Room> room = ends.sender->try_room(test::room_for(kYuv));
    ASSERT_NE(room, nullptr);
    OutgoingFrame frame = test::draw(room->data(), kYuv, q);
    frame.keep = std::move(room);
    ASSERT_EQ(ends.send(frame), Status::ok);
    IncomingFrame incoming;
    ASSERT_EQ(ends.receive(incoming), Status::ok);
    EXPECT_TRUE(test::is_drawn(incoming, kYuv, q));
  }
  EXPECT_EQ(ends.sender->copied().frames, 0U);
  EXPECT_EQ(ends.sender->copied().bytes, 0U);
  EXPECT_EQ(ends.receiver->copied().frames, 0U);
}

TEST(Copies, FrameInPrivateMemoryIsCopiedOnceAndCounted) {
  Ends ends(Kind::shm);
  for (std::uint64_t q = 1; q <= 20; ++q) {
    const auto memory = private_memory();
    OutgoingFrame frame = test::draw(memory->data(), kYuv, q);
    frame.keep = memory;
    ASSERT_EQ(ends.send(frame), Status::ok);
    frame.keep.reset();
    EXPECT_EQ(memory.use_count(), 1) << "a copied frame keeps nothing alive";
    IncomingFrame incoming;
    ASSERT_EQ(ends.receive(incoming), Status::ok);
  }
  EXPECT_EQ(ends.sender->copied().frames, 20U);
  EXPECT_GE(ends.sender->copied().bytes, 20U * (320 * 16 + 2 * 160 * 8));
}

TEST(Copies, CopyThatFoundNoRoomIsNotCounted) {
  Ends ends(Kind::shm);
  const auto memory = private_memory();
  const OutgoingFrame frame = test::draw(memory->data(), kYuv, 1);
  std::uint64_t sent = 0;
  while (ends.sender->send(frame) == Status::ok) ++sent;
  EXPECT_EQ(ends.sender->copied().frames, sent);
  EXPECT_EQ(ends.sender->send(frame), Status::again);
  EXPECT_EQ(ends.sender->copied().frames, sent);
}

TEST(Copies, FrameLargerThanASlotIsNoMemory) {
  Ends ends(Kind::shm);
  std::vector<std::byte> memory(2 << 20);
  OutgoingFrame frame;
  frame.plane_count = 1;
  frame.plane[0] = {memory.data(), 1024, 1025, 1024};
  EXPECT_EQ(ends.sender->send(frame), Status::no_memory);
  EXPECT_EQ(ends.sender->try_room((1 << 20) + 1), nullptr);
  EXPECT_EQ(ends.sender->copied().frames, 0U);
}

TEST(Copies, PlaneWhoseGuardLeavesTheSlotIsCopied) {
  Ends ends(Kind::shm);
  const std::shared_ptr<Room> room = ends.sender->try_room(test::kGeometry.slot_bytes);
  ASSERT_NE(room, nullptr);
  std::byte* last = room->data() + room->bytes() - 64;
  std::memset(last, 5, 64);
  OutgoingFrame frame;
  frame.plane_count = 1;
  frame.plane[0] = {last, 64, 1, 64};
  frame.keep = room;
  ASSERT_EQ(ends.send(frame), Status::ok);
  EXPECT_EQ(ends.sender->copied().frames, 1U);
  IncomingFrame incoming;
  ASSERT_EQ(ends.receive(incoming), Status::ok);
  EXPECT_EQ(incoming.plane[0].data[63], std::byte{5});
}

TEST(Copies, PlanesInTwoRoomsAreCopied) {
  Ends ends(Kind::shm);
  const std::shared_ptr<Room> a = ends.sender->try_room(4096);
  const std::shared_ptr<Room> b = ends.sender->try_room(4096);
  std::memset(a->data(), 1, 64);
  std::memset(b->data(), 2, 64);
  OutgoingFrame frame;
  frame.plane_count = 2;
  frame.plane[0] = {a->data(), 64, 1, 64};
  frame.plane[1] = {b->data(), 64, 1, 64};
  ASSERT_EQ(ends.send(frame), Status::ok);
  EXPECT_EQ(ends.sender->copied().frames, 1U);
  IncomingFrame incoming;
  ASSERT_EQ(ends.receive(incoming), Status::ok);
  EXPECT_EQ(incoming.plane[0].data[0], std::byte{1});
  EXPECT_EQ(incoming.plane[1].data[0], std::byte{2});
}

TEST(Copies, RoomsLeaveSlotsForFramesThatMustBeCopied) {
  Ends ends(Kind::shm);
  std::vector<std::shared_ptr<Room>> rooms;
  for (auto room = ends.sender->try_room(64); room; room = ends.sender->try_room(64))
    rooms.push_back(std::move(room));
  EXPECT_LT(rooms.size(), test::kGeometry.slots);
  const auto memory = private_memory();
  EXPECT_EQ(ends.sender->send(test::draw(memory->data(), kYuv, 1)), Status::ok);
  EXPECT_TRUE(ends.sender->ready() || !rooms.empty());
}

TEST(Copies, SenderIsNotReadyWhileAFrameThatMayNotMoveLiesInTheNextPlace) {
  Ends ends(Kind::shm);
  const auto memory = private_memory();
  const OutgoingFrame frame = test::draw(memory->data(), kYuv, 1);
  ASSERT_EQ(ends.send(frame), Status::ok);
  IncomingFrame kept;
  ASSERT_EQ(ends.receive(kept), Status::ok);
  ringbuf::SlotPin pin;
  ringbuf::Identity pool{};
  std::uint64_t offset = 0;
  ASSERT_EQ(static_cast<SharedMemoryReceiver&>(*ends.receiver)
                .consumer()
                .forward(kept.plane[0].data, 64, pool, offset, pin),
            ringbuf::LosslessConsumer::Forward::yes);
  for (std::uint32_t q = 2; q <= test::kGeometry.entries; ++q) {
    ASSERT_EQ(ends.send(frame), Status::ok);
    IncomingFrame incoming;
    ASSERT_EQ(ends.receive(incoming), Status::ok);
  }
  EXPECT_EQ(ends.sender->send(frame), Status::again);
  EXPECT_FALSE(ends.sender->ready()) << "who waits for it would not sleep";
  kept.hold.reset();
  EXPECT_TRUE(ends.sender->ready());
}

TEST(Copies, FramesThatTheReceiverKeepsAreMovedAndCounted) {
  Ends ends(Kind::shm);
  std::vector<IncomingFrame> kept(30);
  const auto memory = private_memory();
  for (IncomingFrame& incoming : kept) {
    ASSERT_EQ(ends.send(test::draw(memory->data(), kYuv, 1)), Status::ok);
    ASSERT_EQ(ends.receive(incoming), Status::ok);
  }
  EXPECT_EQ(ends.receiver->copied().frames, kept.size() - kHoldBudget);
  EXPECT_EQ(ends.receiver->held(), kHoldBudget);
}

/// decoder -> filter -> encoder, all in this process.
class ForwardPath : public testing::Test {
 protected:
  ForwardPath() {
    ringbuf::Producer producer(copy_of(pool_.get()));
    ringbuf::seal_pool(pool_.get());
    producer.attach(ringbuf::reopen_read_only(claims_.get()), copy_of(encoders_bell_.get()),
                    ringbuf::Policy::lossless);
    auto* filter_in = static_cast<SharedMemoryReceiver*>(decoder_.receiver.get());
    filter_out_ = std::make_unique<SharedMemorySender>(std::move(producer), filter_in);
    encoder_ = std::make_unique<SharedMemoryReceiver>(
        ringbuf::LosslessConsumer(ringbuf::reopen_read_only(pool_.get()), copy_of(claims_.get()),
                                  copy_of(decoder_.wire.receiver_bell.get()), kHoldBudget));
    encoder_->add_upstream_pool(ringbuf::reopen_read_only(decoder_.wire.pool.get()));
  }
  void decode(std::uint64_t q) {
    ASSERT_TRUE(decoder_.sender->ready());  // lets go of what the filter is done with
    std::shared_ptr<Room> room = decoder_.sender->try_room(test::room_for(kYuv));
    ASSERT_NE(room, nullptr);
    OutgoingFrame frame = test::draw(room->data(), kYuv, q);
    frame.keep = std::move(room);
    ASSERT_EQ(decoder_.sender->send(frame), Status::ok);
  }
  /// Passes on what it received, as setpts does.
  Status filter(const IncomingFrame& in) {
    OutgoingFrame out;
    out.plane_count = in.plane_count;
    std::copy_n(in.plane, kMaxPlanes, out.plane);
    out.origin = in.number;
    out.keep = in.hold;
    return filter_out_->send(out);
  }

  Ends decoder_{Kind::shm};
  UniqueFd pool_ = ringbuf::create_pool({0x5e55, 2, 1}, test::kGeometry);
  UniqueFd claims_ = ringbuf::create_claims({0x5e55, 2, 0}, 0);
  UniqueFd encoders_bell_ = ringbuf::create_bell();
  std::unique_ptr<SharedMemorySender> filter_out_;
  std::unique_ptr<SharedMemoryReceiver> encoder_;
};

TEST_F(ForwardPath, UntouchedFramesAreNotCopied) {
  for (std::uint64_t q = 1; q <= 200; ++q) {
    decode(q);
    IncomingFrame between;
    ASSERT_EQ(decoder_.receive(between), Status::ok);
    ASSERT_TRUE(filter_out_->ready());
    ASSERT_EQ(filter(between), Status::ok);
    between.hold.reset();
    IncomingFrame got;
    ASSERT_EQ(encoder_->receive(got), Status::ok);
    EXPECT_EQ(got.origin, q);
    EXPECT_TRUE(test::is_drawn(got, kYuv, q));
  }
  EXPECT_EQ(decoder_.sender->copied().frames, 0U);
  EXPECT_EQ(decoder_.receiver->copied().frames, 0U);
  EXPECT_EQ(filter_out_->copied().frames, 0U);
  EXPECT_EQ(encoder_->copied().frames, 0U);
}

TEST_F(ForwardPath, CroppedFramesAreNotCopied) {
  decode(1);
  IncomingFrame between;
  ASSERT_EQ(decoder_.receive(between), Status::ok);
  between.plane[0].data += 2 * between.plane[0].stride + 16;
  between.plane[0].rows -= 2;
  between.plane[0].row_bytes -= 16;
  const std::byte* expected = between.plane[0].data;
  ASSERT_EQ(filter(between), Status::ok);
  IncomingFrame got;
  ASSERT_EQ(encoder_->receive(got), Status::ok);
  EXPECT_EQ(filter_out_->copied().frames, 0U);
  for (std::uint32_t r = 0; r < got.plane[0].rows; ++r)
    EXPECT_EQ(std::memcmp(got.plane[0].data + r * got.plane[0].stride, expected + r * 320, 304), 0);
}

TEST_F(ForwardPath, WhileAViewerIsThereFramesAreCopied) {
  const UniqueFd viewer = ringbuf::create_claims({0x5e55, 2, 0}, 1);
  filter_out_->producer().attach(ringbuf::reopen_read_only(viewer.get()), ringbuf::create_bell(),
                                 ringbuf::Policy::latest);
  for (std::uint64_t q = 1; q <= 5; ++q) {
    decode(q);
    IncomingFrame between;
    ASSERT_EQ(decoder_.receive(between), Status::ok);
    ASSERT_EQ(filter(between), Status::ok);
    IncomingFrame got;
    ASSERT_EQ(encoder_->receive(got), Status::ok);
    EXPECT_TRUE(test::is_drawn(got, kYuv, q));
  }
  EXPECT_EQ(filter_out_->copied().frames, 5U);
}

TEST_F(ForwardPath, FilterIsNotReadyWhileItMayForwardNoMore) {
  // Or a stage that waits for ready() after `again` would spin.
  IncomingFrame between;
  Status status = Status::ok;
  std::uint64_t sent = 0;
  while (status == Status::ok) {
    decode(sent + 1);
    ASSERT_EQ(decoder_.receive(between), Status::ok);
    status = filter(between);
    if (status == Status::ok) ++sent;
  }
  EXPECT_EQ(status, Status::again);
  EXPECT_EQ(sent, ringbuf::LosslessConsumer::kMaxForwarded);
  EXPECT_FALSE(filter_out_->ready());
  IncomingFrame got;
  ASSERT_EQ(encoder_->receive(got), Status::ok);
  EXPECT_FALSE(filter_out_->ready());
  got.hold.reset();
  EXPECT_TRUE(filter_out_->ready());
  EXPECT_EQ(filter(between), Status::ok);
}

TEST_F(ForwardPath, EncoderThatKeepsFramesLetsTheFilterForwardOn) {
  std::vector<IncomingFrame> kept(40);
  for (std::uint64_t q = 1; q <= kept.size(); ++q) {
    decode(q);
    IncomingFrame between;
    ASSERT_EQ(decoder_.receive(between), Status::ok);
    ASSERT_TRUE(filter_out_->ready()) << q;
    ASSERT_EQ(filter(between), Status::ok) << q;
    between.hold.reset();
    ASSERT_EQ(encoder_->receive(kept[q - 1]), Status::ok);
  }
  EXPECT_EQ(filter_out_->copied().frames, 0U);
  for (std::uint64_t q = 1; q <= kept.size(); ++q)
    EXPECT_TRUE(test::is_drawn(kept[q - 1], kYuv, q)) << q;
}

}  // namespace
}  // namespace latham::transport
