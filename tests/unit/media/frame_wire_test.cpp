// SPDX-License-Identifier: MIT
#include "media/frame_wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "system/failure.h"
#include "tests/unit/media/test_frames.h"
#include "transport/channel.h"

namespace latham::test {
namespace {

using transport::Status;

/// Keeps what it is given instead of sending it; may have no room.
class FakeSender final : public transport::FrameSender {
 public:
  std::shared_ptr<transport::Room> try_room(std::uint64_t /*bytes*/) noexcept override {
    return {};
  }
  bool ready() noexcept override { return true; }
  Status send(const transport::OutgoingFrame& frame) noexcept override {
    if (answer != Status::ok) return answer;
    sent_frames.push_back(frame);
    metas.emplace_back(frame.meta.begin(), frame.meta.end());
    return Status::ok;
  }
  void end() noexcept override {}
  bool drained() noexcept override { return true; }
  transport::CopyCount copied() const noexcept override { return {}; }
  std::uint64_t sent() const noexcept override { return sent_frames.size(); }

  /// The newest frame as a receiver would hand it out.
  [[nodiscard]] transport::IncomingFrame arrived() const {
    const transport::OutgoingFrame& out = sent_frames.back();
    transport::IncomingFrame in;
    in.number = sent_frames.size();
    in.origin = out.origin;
    in.plane_count = out.plane_count;
    std::copy_n(out.plane, out.plane_count, in.plane);
    in.meta = metas.back();
    in.hold = out.keep;
    return in;
  }

  Status answer = Status::ok;
  std::vector<transport::OutgoingFrame> sent_frames;
  std::vector<std::vector<std::byte>> metas;
};

media::StreamNote note() {
  media::StreamNote n;
  n.time_base = {1, 25};
  n.source_time_base = {1, 25};
  n.frame_rate = {25, 1};
  return n;
}

class FrameWire : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] AVPixelFormat format() const { return av_get_pix_fmt(GetParam()); }
};

TEST_P(FrameWire, FrameArrivesWithItsPixelsWhereTheyWere) {
  for (const auto& [w, h] : std::initializer_list<std::pair<int, int>>{{64, 48}, {1, 1}, {19, 7}}) {
    FakeSender sender;
    media::FrameWriter writer(sender);
    media::Frame frame = make_picture(w, h, format(), 7);
    const std::uint8_t* pixels = frame->data[0];
    ASSERT_EQ(writer.write(*frame, note(), 99), Status::ok);
    EXPECT_FALSE(writer.waiting());
    EXPECT_EQ(frame->buf[0], nullptr) << "the frame was taken";

    const media::Frame got = media::make_frame();
    media::StreamNote read;
    ASSERT_NO_THROW(media::wrap(sender.arrived(), *got, read)) << w << "x" << h;
    EXPECT_EQ(got->data[0], pixels) << "not copied";
    EXPECT_EQ(got->format, format());
    EXPECT_EQ(got->width, w);
    EXPECT_EQ(got->height, h);
    EXPECT_EQ(got->pts, 7);
    EXPECT_EQ(sender.sent_frames.back().origin, 99U);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, FrameWire,
                         testing::Values("yuv420p", "yuv422p10le", "nv12", "gray", "rgb24",
                                         "yuva444p", "gbrp", "pal8", "yuyv422", "monow"));

TEST(FrameWireHold, EndsWithTheLastReferenceAndPixelsAreReadOnly) {
  FakeSender sender;
  media::FrameWriter writer(sender);
  media::Frame frame = make_picture(32, 32);
  ASSERT_EQ(writer.write(*frame, note(), 0), Status::ok);
  transport::IncomingFrame incoming = sender.arrived();
  const auto token = std::make_shared<int>(0);
  incoming.hold = token;
  media::Frame got = media::make_frame();
  media::StreamNote read;
  media::wrap(std::move(incoming), *got, read);
  EXPECT_EQ(av_frame_is_writable(got.get()), 0);
  const media::Frame other(av_frame_clone(got.get()));
  got.reset();
  EXPECT_EQ(token.use_count(), 2);
  av_frame_unref(other.get());
  EXPECT_EQ(token.use_count(), 1);
}

TEST(FrameWriterFull, FrameIsKeptUntilThereIsRoom) {
  FakeSender sender;
  sender.answer = Status::again;
  media::FrameWriter writer(sender);
  media::Frame frame = make_picture(32, 32, AV_PIX_FMT_GRAY8, 3);
  EXPECT_EQ(writer.write(*frame, note(), 0), Status::again);
  EXPECT_TRUE(writer.waiting());
  EXPECT_EQ(writer.flush(), Status::again);
  sender.answer = Status::ok;
  EXPECT_EQ(writer.flush(), Status::ok);
  EXPECT_FALSE(writer.waiting());
  EXPECT_EQ(writer.flush(), Status::ok);
  EXPECT_EQ(sender.sent_frames.size(), 1U);
}

TEST(FrameWriterLosses, AreNamedOnce) {
  FakeSender sender;
  media::FrameWriter writer(sender);
  for (int i = 0; i < 3; ++i) {
    media::Frame frame = make_picture(8, 8);
    ASSERT_NE(av_frame_new_side_data(frame.get(), AV_FRAME_DATA_A53_CC, 1 << 16), nullptr);
    ASSERT_EQ(writer.write(*frame, note(), 0), Status::ok);
    EXPECT_EQ(writer.take_losses().size(), i == 0 ? 1U : 0U);
  }
}

class BadWire : public testing::Test {
 protected:
  BadWire() {
    media::FrameWriter writer(sender_);
    media::Frame frame = make_picture(64, 48, AV_PIX_FMT_YUV420P);
    (void)writer.write(*frame, note(), 0);
    incoming_ = sender_.arrived();
  }
  void expect_refused() {
    const media::Frame got = media::make_frame();
    media::StreamNote read;
    EXPECT_THROW(media::wrap(std::move(incoming_), *got, read), StageFailure);
    EXPECT_EQ(got->data[0], nullptr);
  }
  FakeSender sender_;
  transport::IncomingFrame incoming_;
};

TEST_F(BadWire, MissingPlaneIsRefused) {
  incoming_.plane_count = 2;
  expect_refused();
}
TEST_F(BadWire, TooFewRowsAreRefused) {
  incoming_.plane[1].rows -= 1;
  expect_refused();
}
TEST_F(BadWire, NarrowRowsAreRefused) {
  incoming_.plane[0].row_bytes -= 1;
  expect_refused();
}
TEST_F(BadWire, StrideWithinARowIsRefused) {
  incoming_.plane[0].stride = 63;
  expect_refused();
}
TEST_F(BadWire, HugeStrideIsRefused) {
  incoming_.plane[0].stride = std::int64_t{1} << 40;
  expect_refused();
}
TEST_F(BadWire, StrideWithoutAnOppositeIsRefused) {
  incoming_.plane[0].stride = INT64_MIN;
  expect_refused();
}
TEST_F(BadWire, CutDescriptionIsRefused) {
  incoming_.meta.resize(incoming_.meta.size() - 1);
  expect_refused();
}

}  // namespace
}  // namespace latham::test
