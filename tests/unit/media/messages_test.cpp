// SPDX-License-Identifier: MIT
#include "media/messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/subtitles.h"

namespace latham::test {
namespace {

using media::MessageKind;

using Bytes = std::vector<std::byte>;

TEST(Messages, PacketRoundTripKeepsEverything) {
  const media::Packet in = media::make_packet();
  ASSERT_EQ(av_new_packet(in.get(), 1000), 0);
  for (int i = 0; i < 1000; ++i) in->data[i] = static_cast<std::uint8_t>(i);
  in->stream_index = 3;
  in->flags = AV_PKT_FLAG_KEY;
  in->pts = 1 + (std::int64_t{1} << 40);
  in->dts = AV_NOPTS_VALUE;
  in->duration = 1024;
  in->pos = 4711;
  std::memcpy(av_packet_new_side_data(in.get(), AV_PKT_DATA_SKIP_SAMPLES, 10), "0123456789", 10);

  Bytes bytes;
  media::write_packet(*in, -5, bytes);
  ASSERT_EQ(media::kind_of(bytes), MessageKind::packet);
  const media::CopiedPacket got = media::read_packet(bytes);
  EXPECT_EQ(got.clock_us, -5);
  EXPECT_EQ(got.packet->stream_index, 3);
  EXPECT_EQ(got.packet->flags, AV_PKT_FLAG_KEY);
  EXPECT_EQ(got.packet->pts, in->pts);
  EXPECT_EQ(got.packet->dts, AV_NOPTS_VALUE);
  EXPECT_EQ(got.packet->duration, 1024);
  ASSERT_EQ(got.packet->size, 1000);
  EXPECT_EQ(std::memcmp(got.packet->data, in->data, 1000), 0);
  ASSERT_EQ(got.packet->side_data_elems, 1);
  EXPECT_EQ(got.packet->side_data[0].size, 10U);
}

TEST(Messages, EmptyPacketTravels) {
  const media::Packet in = media::make_packet();
  Bytes bytes;
  media::write_packet(*in, 0, bytes);
  EXPECT_EQ(media::read_packet(bytes).packet->size, 0);
}

TEST(Messages, EndIsToldFromPackets) {
  Bytes bytes;
  media::write_end(bytes);
  EXPECT_EQ(media::kind_of(bytes), MessageKind::end);
  EXPECT_THROW((void)media::read_packet(bytes), std::runtime_error);
}

TEST(Messages, NothingAndUnknownKindsAreRefused) {
  EXPECT_THROW((void)media::kind_of({}), std::runtime_error);
  const Bytes unknown(9, std::byte{'X'});
  EXPECT_THROW((void)media::kind_of(unknown), std::runtime_error);
}

TEST(Messages, EachSaysHowManyPacketsHadBeenRead) {
  Bytes bytes;
  media::write_progress(bytes);
  EXPECT_EQ(media::packets_read(bytes), 0);
  media::set_packets_read(bytes, 0x123456789A);
  EXPECT_EQ(media::kind_of(bytes), MessageKind::progress);
  EXPECT_EQ(media::packets_read(bytes), 0x123456789A);
  EXPECT_THROW((void)media::packets_read(std::span(bytes).first(8)), std::runtime_error);
}

TEST(SeekMark, IsReadAsItWasWritten) {
  Bytes bytes;
  media::write_mark({7, 0x123456789A}, bytes);
  EXPECT_EQ(media::kind_of(bytes), MessageKind::mark);
  const media::SeekMark mark = media::read_mark(bytes);
  EXPECT_EQ(mark.number, 7U);
  EXPECT_EQ(mark.first_frame, 0x123456789AU);
  EXPECT_THROW((void)media::read_mark(std::span(bytes).first(5)), std::runtime_error);
}

/// Reads as whatever the bytes say they are; only std::runtime_error may come out.
void read_any(std::span<const std::byte> bytes) {
  try {
    switch (media::kind_of(bytes)) {
      case MessageKind::packet:
        (void)media::read_packet(bytes);
        break;
      case MessageKind::audio: {
        const media::Frame frame = media::make_frame();
        (void)media::read_audio(bytes, *frame);
        break;
      }
      case MessageKind::subtitle_track:
        (void)media::read_subtitle_track(bytes);
        break;
      case MessageKind::subtitle:
        (void)media::read_subtitle(bytes);
        break;
      case MessageKind::mark:
        (void)media::read_mark(bytes);
        break;
      case MessageKind::progress:
      case MessageKind::end:
        break;
    }
  } catch (const std::runtime_error&) {
  }
}

TEST(Messages, RandomBytesNeverCrash) {
  std::mt19937 random(1);
  Bytes noise;
  for (int round = 0; round < 30000; ++round) {
    noise.resize(1 + random() % 400);
    for (std::byte& b : noise) b = static_cast<std::byte>(random() % 3 == 0 ? random() : 0);
    noise[0] = static_cast<std::byte>("\1PAEMRTS"[random() % 8]);
    EXPECT_NO_THROW(read_any(noise));
  }
}

}  // namespace
}  // namespace latham::test
