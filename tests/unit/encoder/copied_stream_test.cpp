// SPDX-License-Identifier: MIT
#include "encoder/copied_stream.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace latham::test {
namespace {

using encoder::CopiedStream;

/// Sound of 25 ticks a second into a container that counts milliseconds, cut at 310 ms.
class Copying : public testing::Test {
 protected:
  Copying() {
    source_.time_base = {1, 25};
    source_.parameters.reset(media::checked(avcodec_parameters_alloc()));
    source_.parameters->codec_type = AVMEDIA_TYPE_DATA;
    stream_ = media::checked(avformat_new_stream(output_.get(), nullptr));
    stream_->time_base = {1, 1000};
    planned_.stream = stream_;
    planned_.source = &source_;
    time_.window.start = 310'000;
  }
  static media::CopiedPacket packet(std::int64_t ticks) {
    media::CopiedPacket copied{media::make_packet(), ticks * 40'000};
    EXPECT_EQ(av_new_packet(copied.packet.get(), 4), 0);
    copied.packet->pts = copied.packet->dts = ticks;
    copied.packet->duration = 1;
    copied.packet->flags = AV_PKT_FLAG_KEY;
    return copied;
  }
  CopiedStream copied() { return {planned_, time_, {}}; }

  media::StreamEntry source_;
  struct Free {
    void operator()(AVFormatContext* context) const { avformat_free_context(context); }
  };
  std::unique_ptr<AVFormatContext, Free> output_{media::checked(avformat_alloc_context())};
  AVStream* stream_ = nullptr;
  encoder::PlannedStream planned_;
  encoder::OutputTime time_;
};

TEST_F(Copying, OneThatBeginsAfterTheHeaderHasTheContainersSteps) {
  CopiedStream stream = copied();
  CopiedStream::Admitted first = stream.admit(packet(8), 5);
  ASSERT_NE(first.packet, nullptr);
  stream.date(first, 5);
  EXPECT_EQ(stream.packet_base().den, 1000);
  EXPECT_EQ(first.packet->pts, 10);
  EXPECT_EQ(first.packet->duration, 40);
}

TEST_F(Copying, OneThatBeganBeforeItRoundsTheCutToItsOwnWhenEverItArrived) {
  for (const bool early : {false, true}) {
    CopiedStream stream = copied();
    CopiedStream::Admitted first = stream.admit(packet(8), 4);
    if (early) {
      stream.keep(std::move(first));
      first = std::move(stream.kept().front());
    }
    stream.date(first, 5);
    EXPECT_EQ(stream.packet_base().den, 25);
    EXPECT_EQ(first.packet->pts, 0);  // 310 ms is 7.75 ticks
  }
}

TEST_F(Copying, OneThatArrivedTooEarlyKeepsTheContainersSteps) {
  CopiedStream stream = copied();
  stream.keep(stream.admit(packet(8), 6));
  stream.date(stream.kept().front(), 5);
  EXPECT_EQ(stream.packet_base().den, 1000);
}

TEST_F(Copying, CountsWhatItRefusesAndIsFullAfterItsShare) {
  planned_.most_packets = 2;
  CopiedStream stream = copied();
  EXPECT_EQ(stream.admit(packet(2), 1).packet, nullptr);  // before the cut
  EXPECT_NE(stream.admit(packet(8), 2).packet, nullptr);
  EXPECT_FALSE(stream.full());
  EXPECT_NE(stream.admit(packet(9), 3).packet, nullptr);
  EXPECT_TRUE(stream.full());
  EXPECT_EQ(stream.admit(packet(10), 4).packet, nullptr);
  EXPECT_EQ(stream.taken(), 4);
  EXPECT_EQ(stream.refused(), 2);
  EXPECT_EQ(stream.end_us(), 90'000);
}

class CopyingRawAac : public Copying {
 protected:
  CopyingRawAac() {
    AVCodecParameters& par = *source_.parameters;
    par.codec_type = AVMEDIA_TYPE_AUDIO;
    par.codec_id = AV_CODEC_ID_AAC;
    par.sample_rate = 44100;
    av_channel_layout_default(&par.ch_layout, 1);
    time_.window.start.reset();
  }
  /// What the first packet brings along, which begins with these bytes.
  std::vector<int> description(std::uint8_t first, std::uint8_t second, bool describes = true) {
    CopiedStream stream(planned_, time_, {}, describes);
    media::CopiedPacket given = packet(8);
    given.packet->data[0] = first;
    given.packet->data[1] = second;
    CopiedStream::Admitted own = stream.admit(given, 5);
    if (own.packet == nullptr) return {-1};
    stream.date(own, 5);
    std::size_t size = 0;
    const std::uint8_t* data =
        av_packet_get_side_data(own.packet.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
    return {data, data + size};
  }
};

// ISO 14496-3, 1.6.2.1: LC is 2, 44100 Hz is 4, one channel is 1: 00010 0100 0001 000.
TEST_F(CopyingRawAac, IsDescribedWhereTheContainerAsksForIt) {
  EXPECT_EQ(description(0xDE, 0x04), (std::vector<int>{0x12, 0x08}));
  EXPECT_TRUE(description(0xDE, 0x04, false).empty());
}

TEST_F(CopyingRawAac, IsLeftAsItIsWhereItDescribesItself) {
  EXPECT_TRUE(description(0xFF, 0xF1).empty());
  source_.parameters->sample_rate = 44099;  // has no number
  EXPECT_TRUE(description(0xDE, 0x04).empty());
}

}  // namespace
}  // namespace latham::test
