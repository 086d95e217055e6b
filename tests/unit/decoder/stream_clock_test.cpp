// SPDX-License-Identifier: MIT
#include "decoder/stream_clock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace latham::test {
namespace {

using decoder::Timeline;

struct CloseInput {
  void operator()(AVFormatContext* p) const noexcept { avformat_free_context(p); }
};

constexpr std::int64_t kSecond = 90000;  // in the streams' time base
constexpr std::int64_t kFrame = 3600;

/// An input with streams of 25 frames a second, as a demuxer would have found them.
class Input {
 public:
  Input(const char* format, std::int64_t start, int streams = 1)
      : context_(avformat_alloc_context()) {
    context_->iformat = av_find_input_format(format);
    context_->start_time = av_rescale(start, AV_TIME_BASE, kSecond);
    for (int i = 0; i < streams; ++i) {
      AVStream* st = avformat_new_stream(context_.get(), nullptr);
      st->time_base = {1, static_cast<int>(kSecond)};
      st->pts_wrap_bits = format == std::string("mpegts") ? 33 : 64;
      st->start_time = start;
      st->avg_frame_rate = {25, 1};
      st->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    }
  }
  [[nodiscard]] AVFormatContext& get() const { return *context_; }
  /// Timestamps from zero, or as they are.
  [[nodiscard]] Timeline timeline(bool keep_timestamps = false) const {
    return Timeline(*context_, keep_timestamps ? 0 : -context_->start_time, keep_timestamps);
  }

 private:
  std::unique_ptr<AVFormatContext, CloseInput> context_;
};

/// A packet at `dts` as the decoder treats it; returns its corrected dts.
std::int64_t feed(Timeline& timeline, std::int64_t dts, int stream = 0) {
  const media::Packet packet = media::make_packet();
  packet->stream_index = stream;
  packet->dts = packet->pts = dts;
  packet->duration = kFrame;
  timeline.correct(*packet);
  timeline.begin_packet(packet.get(), stream, 0);
  timeline.advance_copied(*packet);
  return packet->dts;
}

TEST(Timeline, StartTimeBecomesZero) {
  const Input input("matroska", 10 * kSecond);
  Timeline timeline = input.timeline();
  EXPECT_EQ(feed(timeline, 10 * kSecond), 0);
  EXPECT_EQ(feed(timeline, 10 * kSecond + kFrame), kFrame);
  EXPECT_EQ(timeline.offset(), -10 * AV_TIME_BASE);
}

TEST(Timeline, UnknownTimestampsStayUnknown) {
  const Input input("matroska", 0);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  EXPECT_EQ(feed(timeline, AV_NOPTS_VALUE), AV_NOPTS_VALUE);
  EXPECT_EQ(feed(timeline, 2 * kFrame), 2 * kFrame);
}

TEST(TimelineJump, OfATransportStreamIsBridged) {
  const Input input("mpegts", 0);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  feed(timeline, kFrame);
  EXPECT_EQ(feed(timeline, 100 * kSecond), 2 * kFrame);
  EXPECT_EQ(feed(timeline, 100 * kSecond + kFrame), 3 * kFrame);
}

TEST(TimelineJump, BackwardsOfATransportStreamIsBridged) {
  const Input input("mpegts", 0);
  Timeline timeline = input.timeline();
  for (int i = 0; i < 50; ++i) feed(timeline, i * kFrame);
  EXPECT_EQ(feed(timeline, 0), 50 * kFrame);
  EXPECT_EQ(feed(timeline, kFrame), 51 * kFrame);
}

TEST(TimelineJump, OfAFewSecondsIsAPause) {
  const Input input("mpegts", 0);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  EXPECT_EQ(feed(timeline, 5 * kSecond), 5 * kSecond);
}

TEST(TimelineJump, OfAnotherContainerIsMeant) {
  const Input input("matroska", 0);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  EXPECT_EQ(feed(timeline, 100 * kSecond), 100 * kSecond);
}

TEST(TimelineJump, OfDaysIsAnErrorWhateverTheContainer) {
  const Input input("matroska", 0);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  EXPECT_EQ(feed(timeline, 40 * 3600 * kSecond), AV_NOPTS_VALUE);
}

TEST(TimelineJump, IsBridgedForStreamsThatFollowLater) {
  const Input input("mpegts", 0, 2);
  Timeline timeline = input.timeline();
  feed(timeline, 0);
  feed(timeline, 100 * kSecond);
  EXPECT_EQ(feed(timeline, 100 * kSecond + kFrame, 1), 2 * kFrame);
}

TEST(TimelineWrap, TimestampFromBeforeTheWrapLiesBeforeTheStart) {
  const std::int64_t wrap = std::int64_t{1} << 33;
  const Input input("mpegts", kSecond);
  Timeline timeline = input.timeline();
  EXPECT_EQ(feed(timeline, wrap - kFrame), -kSecond - kFrame);
  EXPECT_EQ(feed(timeline, 0), -kSecond);
}

TEST(TimelineLoop, FollowsWhatWas) {
  const Input input("matroska", kSecond);
  Timeline timeline = input.timeline();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 25; ++i)
      EXPECT_EQ(feed(timeline, kSecond + i * kFrame), (round * 25 + i) * kFrame)
          << round << " " << i;
    timeline.loop();
  }
}

TEST(GuessedDuration, ComesFromTheFrameRate) {
  const Input input("matroska", 0);
  const AVStream& st = *input.get().streams[0];
  EXPECT_EQ(decoder::guessed_duration_us(st, {25, 1}, 1), 40000);
  EXPECT_EQ(decoder::guessed_duration_us(st, {0, 1}, 1), 0);
}

TEST(Timeline, CopiedSoundAdvancesByTheParametersThatTheInputWasOpenedWith) {
  const Input input("mpegts", 0);
  AVCodecParameters& par = *input.get().streams[0]->codecpar;
  par.codec_type = AVMEDIA_TYPE_AUDIO;
  par.sample_rate = 48000;
  par.frame_size = 1152;
  Timeline timeline = input.timeline();
  par.sample_rate = 44100;  // as the demuxer does when the stream changes
  feed(timeline, 0);
  EXPECT_EQ(timeline.clock(0).next_dts, 24000);
}

}  // namespace
}  // namespace latham::test
