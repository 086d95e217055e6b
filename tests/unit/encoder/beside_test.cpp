// SPDX-License-Identifier: MIT
#include "encoder/beside.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <vector>

#include "media/messages.h"

namespace latham::test {
namespace {

using encoder::Beside;
using transport::Status;

using Message = std::vector<std::byte>;

/// Gives what was put into it; behind an end the sender is gone, as one that has finished is.
class Queue : public transport::PacketReceiver {
 public:
  void progress(std::int64_t packets_read) {
    media::write_progress(messages_.emplace_back());
    media::set_packets_read(messages_.back(), packets_read);
  }
  void end(std::int64_t packets_read) {
    media::write_end(messages_.emplace_back());
    media::set_packets_read(messages_.back(), packets_read);
    ended_ = true;
  }
  Status receive(Message& message) override {
    if (messages_.empty()) return ended_ ? Status::lost : Status::again;
    message = std::move(messages_.front());
    messages_.pop_front();
    return Status::ok;
  }
  [[nodiscard]] bool ready() noexcept override { return !messages_.empty() || ended_; }
  [[nodiscard]] bool empty() const { return messages_.empty(); }

 private:
  std::deque<Message> messages_;
  bool ended_ = false;
};

class BesideFrames : public testing::Test {
 protected:
  /// How many packets had been read at the next message; -1 where there is none.
  std::int64_t next(std::int64_t up_to) {
    Message message;
    return beside_.next(message, up_to) == Status::ok ? media::packets_read(message) : -1;
  }
  stage::PacketsIn in_{.receiver = std::make_unique<Queue>()};
  Queue& queue_ = static_cast<Queue&>(*in_.receiver);
  Beside beside_{in_};
};

TEST_F(BesideFrames, WithoutABoundMessagesPass) {
  queue_.progress(3);
  EXPECT_TRUE(beside_.ready(INT64_MAX));
  EXPECT_EQ(next(INT64_MAX), 3);
  EXPECT_FALSE(beside_.ready(INT64_MAX));
  EXPECT_EQ(next(INT64_MAX), -1);
}

TEST_F(BesideFrames, WhatIsAheadWaitsHereAndNotInTheChannel) {
  for (const int at : {2, 5, 5, 9}) queue_.progress(at);
  EXPECT_EQ(next(4), 2);
  EXPECT_EQ(next(4), -1);
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(beside_.ready(4));
  EXPECT_TRUE(beside_.ready(5));
  EXPECT_EQ(next(5), 5);
  EXPECT_EQ(next(5), 5);
  EXPECT_EQ(next(5), -1);
  queue_.progress(10);
  EXPECT_EQ(next(INT64_MAX), 9);
  EXPECT_EQ(next(INT64_MAX), 10);
}

TEST_F(BesideFrames, WhatIsKeptAheadOfItsTurnComesFirstInItsOrder) {
  queue_.progress(2);
  queue_.progress(3);
  EXPECT_EQ(beside_.keep(), Status::ok);
  EXPECT_EQ(beside_.keep(), Status::ok);
  EXPECT_EQ(beside_.keep(), Status::again);
  EXPECT_EQ(beside_.kept(), 2U);
  queue_.end(4);
  EXPECT_EQ(next(INT64_MAX), 2);
  EXPECT_EQ(beside_.keep(), Status::ok);
  EXPECT_FALSE(beside_.can_keep());
  EXPECT_EQ(beside_.keep(), Status::again);
  EXPECT_EQ(next(INT64_MAX), 3);
  EXPECT_EQ(next(INT64_MAX), 4);
}

TEST_F(BesideFrames, AnEndThatWaitsIsNoLossOfTheSender) {
  queue_.end(7);
  Message message;
  EXPECT_EQ(beside_.next(message, 3), Status::again);
  EXPECT_EQ(beside_.next(message, 3), Status::again);
  EXPECT_FALSE(beside_.ready(3));
  EXPECT_EQ(beside_.next(message, 7), Status::ok);
  EXPECT_EQ(media::kind_of(message), media::MessageKind::end);
}

TEST_F(BesideFrames, IsPastAPlaceOnceLaterMessagesCameAndNoneOfBeforeWaits) {
  EXPECT_FALSE(beside_.is_past(4));
  queue_.progress(4);
  queue_.progress(5);
  EXPECT_EQ(next(3), -1);
  EXPECT_FALSE(beside_.is_past(4));
  EXPECT_EQ(next(4), 4);
  EXPECT_TRUE(beside_.is_past(4));
  EXPECT_FALSE(beside_.is_past(5));
  beside_.end();
  EXPECT_TRUE(beside_.is_past(5));
}

TEST_F(BesideFrames, WithoutItsEndALostSenderIsOne) {
  Message message;
  queue_.end(0);
  ASSERT_EQ(queue_.receive(message), Status::ok);
  EXPECT_EQ(beside_.next(message, 3), Status::lost);
}

}  // namespace
}  // namespace latham::test
