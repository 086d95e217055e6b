// SPDX-License-Identifier: MIT
#include "media/stream_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mem.h>
}

namespace latham::test {
namespace {

using media::StreamTable;

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

media::CodecParameters parameters(AVMediaType type, AVCodecID id) {
  media::CodecParameters p(media::checked(avcodec_parameters_alloc()));
  p->codec_type = type;
  p->codec_id = id;
  p->extradata = static_cast<std::uint8_t*>(av_mallocz(4 + AV_INPUT_BUFFER_PADDING_SIZE));
  p->extradata_size = 4;
  std::memcpy(p->extradata, "\1\2\3\0", 4);
  return p;
}

StreamTable example() {
  StreamTable table;
  table.ts_offset = -1400000;
  table.may_start_late = true;
  table.span.window.start = 7;
  table.span.copy_end = 9;
  table.tags = {{"title", "A film: ä"}, {"encoder", ""}};
  table.chapters.push_back({7, {1, 1000}, 0, 90000, {{"title", "One"}}});
  table.chapters.push_back({8, {1, 1000}, 90000, 95000, {}});

  table.programs.push_back({7, {0, 1}, {{"service_name", "One"}}});

  media::StreamEntry video;
  video.index = 0;
  video.id = 0x101;
  video.disabled = true;
  video.parameters = parameters(AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264);
  video.parameters->width = 640;
  video.parameters->height = 480;
  video.time_base = {1, 90000};
  video.copied_clock = {{1, 90000}, {1, 50}, {1, 25}};
  video.forced_frame_rate = {24, 1};
  video.average_frame_rate = {25, 1};
  video.real_frame_rate = {50, 1};
  video.sar = {4, 3};
  video.disposition = AV_DISPOSITION_DEFAULT;
  video.duration = 123456789012;
  video.start_time_known = true;
  video.side_data.push_back({AV_PKT_DATA_DISPLAYMATRIX, bytes_of(std::string(36, 'm'))});
  table.streams.push_back(std::move(video));

  media::StreamEntry sound;
  sound.index = 1;
  sound.parameters = parameters(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_AAC);
  sound.parameters->sample_rate = 48000;
  sound.parameters->frame_size = 1024;
  av_channel_layout_from_string(&sound.parameters->ch_layout, "5.1");
  sound.time_base = {1, 48000};
  sound.copied_clock = {sound.time_base, sound.time_base, sound.time_base};
  sound.tags = {{"language", "deu"}};
  table.streams.push_back(std::move(sound));
  return table;
}

Bytes example_bytes() {
  Bytes out;
  write_table(example(), out);
  return out;
}

TEST(StreamTable, RoundTripKeepsEverything) {
  const Bytes bytes = example_bytes();
  const StreamTable got = media::read_table(bytes);
  ASSERT_EQ(got.programs.size(), 1U);
  EXPECT_EQ(got.programs[0].id, 7);
  EXPECT_EQ(got.programs[0].streams, (std::vector<int>{0, 1}));
  EXPECT_EQ(got.ts_offset, -1400000);
  EXPECT_TRUE(got.may_start_late);
  EXPECT_EQ(got.span.window.start, 7);
  EXPECT_FALSE(got.span.window.duration);
  EXPECT_EQ(got.span.copy_end, 9);
  EXPECT_EQ(got.tags, example().tags);
  ASSERT_EQ(got.chapters.size(), 2U);
  EXPECT_EQ(got.chapters[0].id, 7);
  EXPECT_EQ(got.chapters[1].start, 90000);
  EXPECT_EQ(got.chapters[1].end, 95000);
  EXPECT_EQ(got.chapters[0].tags, example().chapters[0].tags);
  ASSERT_EQ(got.streams.size(), 2U);
  const media::StreamEntry& video = got.streams[0];
  EXPECT_EQ(video.id, 0x101);
  EXPECT_TRUE(video.disabled && video.has_packets);
  EXPECT_EQ(video.parameters->codec_id, AV_CODEC_ID_H264);
  EXPECT_EQ(video.parameters->width, 640);
  EXPECT_EQ(video.parameters->height, 480);
  ASSERT_EQ(video.parameters->extradata_size, 4);
  EXPECT_EQ(std::memcmp(video.parameters->extradata, "\1\2\3\0", 4), 0);
  EXPECT_EQ(av_cmp_q(video.time_base, {1, 90000}), 0);
  EXPECT_EQ(av_cmp_q(video.copied_clock.usual, {1, 90000}), 0);
  EXPECT_EQ(av_cmp_q(video.copied_clock.in_avi, {1, 50}), 0);
  EXPECT_EQ(av_cmp_q(video.copied_clock.at_constant_rate, {1, 25}), 0);
  EXPECT_EQ(av_cmp_q(video.forced_frame_rate, {24, 1}), 0);
  EXPECT_EQ(av_cmp_q(video.average_frame_rate, {25, 1}), 0);
  EXPECT_EQ(av_cmp_q(video.real_frame_rate, {50, 1}), 0);
  EXPECT_EQ(av_cmp_q(video.sar, {4, 3}), 0);
  EXPECT_EQ(video.disposition, AV_DISPOSITION_DEFAULT);
  EXPECT_EQ(video.duration, 123456789012);
  EXPECT_TRUE(video.start_time_known);
  ASSERT_EQ(video.side_data.size(), 1U);
  EXPECT_EQ(video.side_data[0].type, AV_PKT_DATA_DISPLAYMATRIX);
  EXPECT_EQ(video.side_data[0].bytes, bytes_of(std::string(36, 'm')));
  const media::StreamEntry& sound = got.streams[1];
  EXPECT_FALSE(sound.disabled);
  EXPECT_EQ(sound.index, 1);
  EXPECT_EQ(sound.parameters->sample_rate, 48000);
  EXPECT_EQ(sound.parameters->frame_size, 1024);
  EXPECT_EQ(sound.parameters->ch_layout.nb_channels, 6);
  EXPECT_EQ(sound.tags, example().streams[1].tags);
}

TEST(StreamTable, CutAnywhereIsRefused) {
  const Bytes bytes = example_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW((void)media::read_table(std::span(bytes).first(size)), std::runtime_error) << size;
}

void read(std::span<const std::byte> bytes) {
  try {
    (void)media::read_table(bytes);
  } catch (const std::runtime_error&) {
  }
}

TEST(StreamTable, RandomBytesNeverCrash) {
  std::mt19937 random(1);
  Bytes noise;
  for (int round = 0; round < 30000; ++round) {
    noise.resize(1 + random() % 400);
    for (std::byte& b : noise) b = static_cast<std::byte>(random() % 3 == 0 ? random() : 0);
    noise[0] = std::byte{3};
    EXPECT_NO_THROW(read(noise));
  }
}

TEST(StreamTable, FlippedBytesNeverCrash) {
  std::mt19937 random(2);
  const Bytes table = example_bytes();
  for (int round = 0; round < 30000; ++round) {
    Bytes changed = table;
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      changed[random() % changed.size()] = static_cast<std::byte>(random());
    EXPECT_NO_THROW(read(changed));
  }
}

}  // namespace
}  // namespace latham::test
