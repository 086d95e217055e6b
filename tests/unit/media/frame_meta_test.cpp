// SPDX-License-Identifier: MIT
#include "media/frame_meta.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace latham::test {
namespace {

using media::FrameMeta;
using media::StreamNote;

constexpr std::size_t kPlenty = 32 * 1024;

media::Frame example_frame() {
  media::Frame frame = media::make_frame();
  frame->format = AV_PIX_FMT_YUV420P10;
  frame->width = 1919;
  frame->height = 1079;
  frame->pts = 1234567890123;
  frame->pkt_dts = -77;
  media::set_frame_duration(*frame, 3003);
  frame->sample_aspect_ratio = {4, 3};
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->color_primaries = AVCOL_PRI_BT2020;
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  frame->colorspace = AVCOL_SPC_BT2020_NCL;
  frame->chroma_location = AVCHROMA_LOC_TOPLEFT;
  frame->pict_type = AV_PICTURE_TYPE_B;
  frame->repeat_pict = 1;
  frame->decode_error_flags = FF_DECODE_ERROR_MISSING_REFERENCE;
  frame->flags |= AV_FRAME_FLAG_CORRUPT;
  media::set_scan(*frame, true, true, true);
  return frame;
}

StreamNote example_note() {
  StreamNote note;
  note.time_base = {1, 90000};
  note.source_time_base = {1001, 30000};
  note.frame_rate = {30000, 1001};
  note.packets_read = 77;
  note.end_time_us = 42;
  note.bits_per_raw_sample = 10;
  note.has_display_matrix = true;
  for (int i = 0; i < 9; ++i) note.display_matrix[i] = i - 4;
  return note;
}

bool read(std::span<const std::byte> bytes) {
  const media::Frame frame = media::make_frame();
  StreamNote note;
  return media::read_meta(bytes, *frame, note);
}

void expect_equal(AVRational a, AVRational b) {
  EXPECT_EQ(a.num, b.num);
  EXPECT_EQ(a.den, b.den);
}

TEST(FrameMeta, RoundTripKeepsEveryField) {
  const media::Frame in = example_frame();
  std::vector<std::byte> bytes;
  EXPECT_TRUE(write_meta(*in, example_note(), kPlenty, bytes).empty());

  const media::Frame out = media::make_frame();
  StreamNote note;
  ASSERT_TRUE(read_meta(bytes, *out, note));
  EXPECT_EQ(out->format, in->format);
  EXPECT_EQ(out->width, in->width);
  EXPECT_EQ(out->height, in->height);
  EXPECT_EQ(out->pts, in->pts);
  EXPECT_EQ(out->pkt_dts, in->pkt_dts);
  EXPECT_EQ(media::frame_duration(*out), 3003);
  expect_equal(out->sample_aspect_ratio, in->sample_aspect_ratio);
  EXPECT_EQ(out->color_range, in->color_range);
  EXPECT_EQ(out->color_primaries, in->color_primaries);
  EXPECT_EQ(out->color_trc, in->color_trc);
  EXPECT_EQ(out->colorspace, in->colorspace);
  EXPECT_EQ(out->chroma_location, in->chroma_location);
  EXPECT_EQ(out->pict_type, in->pict_type);
  EXPECT_EQ(out->repeat_pict, in->repeat_pict);
  EXPECT_EQ(out->decode_error_flags, in->decode_error_flags);
  EXPECT_EQ(out->flags & AV_FRAME_FLAG_CORRUPT, AV_FRAME_FLAG_CORRUPT);
  EXPECT_TRUE(media::is_key(*out));
  EXPECT_TRUE(media::is_interlaced(*out));
  EXPECT_TRUE(media::is_top_field_first(*out));
  const StreamNote wanted = example_note();
  expect_equal(note.time_base, wanted.time_base);
  expect_equal(note.source_time_base, wanted.source_time_base);
  expect_equal(note.frame_rate, wanted.frame_rate);
  EXPECT_EQ(note.end_time_us, wanted.end_time_us);
  EXPECT_EQ(note.packets_read, wanted.packets_read);
  EXPECT_EQ(note.bits_per_raw_sample, wanted.bits_per_raw_sample);
  EXPECT_TRUE(note.has_display_matrix);
  EXPECT_TRUE(std::equal(note.display_matrix, note.display_matrix + 9, wanted.display_matrix));
}

TEST(FrameMeta, EveryPixelFormatOfFfmpegTravels) {
  const media::Frame in = example_frame();
  for (const AVPixFmtDescriptor* d = av_pix_fmt_desc_next(nullptr); d != nullptr;
       d = av_pix_fmt_desc_next(d)) {
    in->format = av_pix_fmt_desc_get_id(d);
    std::vector<std::byte> bytes;
    write_meta(*in, example_note(), kPlenty, bytes);
    const media::Frame out = media::make_frame();
    StreamNote note;
    ASSERT_TRUE(read_meta(bytes, *out, note)) << d->name;
    EXPECT_EQ(out->format, in->format) << d->name;
  }
}

TEST(FrameMeta, SideDataAndTagsTravel) {
  const media::Frame in = example_frame();
  AVFrameSideData* sd = av_frame_new_side_data(in.get(), AV_FRAME_DATA_A53_CC, 5);
  std::memcpy(sd->data, "abcde", 5);
  av_dict_set(&in->metadata, "lavfi.cropdetect.w", "640", 0);
  av_dict_set(&in->metadata, "empty", "", 0);
  std::vector<std::byte> bytes;
  EXPECT_TRUE(write_meta(*in, example_note(), kPlenty, bytes).empty());

  const media::Frame out = media::make_frame();
  StreamNote note;
  ASSERT_TRUE(read_meta(bytes, *out, note));
  const AVFrameSideData* got = av_frame_get_side_data(out.get(), AV_FRAME_DATA_A53_CC);
  ASSERT_NE(got, nullptr);
  ASSERT_EQ(got->size, 5U);
  EXPECT_EQ(std::memcmp(got->data, "abcde", 5), 0);
  const AVDictionaryEntry* tag = av_dict_get(out->metadata, "lavfi.cropdetect.w", nullptr, 0);
  ASSERT_NE(tag, nullptr);
  EXPECT_STREQ(tag->value, "640");
  EXPECT_NE(av_dict_get(out->metadata, "empty", nullptr, 0), nullptr);
}

TEST(FrameMeta, SideDataWithoutRoomIsNamedAndTheRestTravels) {
  const media::Frame in = example_frame();
  ASSERT_NE(av_frame_new_side_data(in.get(), AV_FRAME_DATA_SEI_UNREGISTERED, kPlenty), nullptr);
  ASSERT_NE(av_frame_new_side_data(in.get(), AV_FRAME_DATA_A53_CC, 3), nullptr);
  std::vector<std::byte> bytes;
  const std::vector<int> lost = write_meta(*in, example_note(), kPlenty, bytes);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0], AV_FRAME_DATA_SEI_UNREGISTERED);
  EXPECT_LE(bytes.size(), kPlenty);
  const media::Frame out = media::make_frame();
  StreamNote note;
  ASSERT_TRUE(read_meta(bytes, *out, note));
  EXPECT_NE(av_frame_get_side_data(out.get(), AV_FRAME_DATA_A53_CC), nullptr);
}

// ---- what no writer of ours would write
// ------------------------------------------------------------

class BadMeta : public testing::Test {
 protected:
  BadMeta() {
    const media::Frame frame = example_frame();
    av_frame_new_side_data(frame.get(), AV_FRAME_DATA_A53_CC, 12);
    av_dict_set(&frame->metadata, "key", "value", 0);
    write_meta(*frame, example_note(), kPlenty, bytes_);
    std::memcpy(&meta_, bytes_.data(), sizeof(meta_));
  }
  bool read_changed() {
    std::memcpy(bytes_.data(), &meta_, sizeof(meta_));
    return read(bytes_);
  }
  std::vector<std::byte> bytes_;
  FrameMeta meta_{};
};

TEST_F(BadMeta, UnchangedIsRead) {
  EXPECT_TRUE(read_changed());
}
TEST_F(BadMeta, CutAnywhereIsRefused) {
  for (std::size_t size = 0; size < bytes_.size(); ++size)
    EXPECT_FALSE(read(std::span(bytes_).first(size))) << size;
}
TEST_F(BadMeta, OtherVersionOrSizeIsRefused) {
  meta_.version += 1;
  EXPECT_FALSE(read_changed());
  meta_.version -= 1;
  meta_.bytes += 8;
  EXPECT_FALSE(read_changed());
}
TEST_F(BadMeta, UnknownOrEndlessPixelFormatIsRefused) {
  std::strncpy(meta_.pixel_format, "yuv421p", sizeof(meta_.pixel_format));
  EXPECT_FALSE(read_changed());
  std::memset(meta_.pixel_format, 'y', sizeof(meta_.pixel_format));
  EXPECT_FALSE(read_changed());
}
TEST_F(BadMeta, ImpossibleSizeIsRefused) {
  for (const auto& [w, h] : std::initializer_list<std::array<int, 2>>{{0, 10},
                                                                      {10, 0},
                                                                      {-1, 10},
                                                                      {10, INT32_MIN},
                                                                      {INT32_MAX, INT32_MAX},
                                                                      {1 << 20, 1 << 20}}) {
    meta_.width = w;
    meta_.height = h;
    EXPECT_FALSE(read_changed()) << w << "x" << h;
  }
}
TEST_F(BadMeta, SenselessTimeBaseIsRefused) {
  for (const auto& [num, den] :
       std::initializer_list<std::array<int, 2>>{{0, 1}, {1, 0}, {-1, 25}, {1, -25}}) {
    meta_.time_base[0] = num;
    meta_.time_base[1] = den;
    EXPECT_FALSE(read_changed()) << num << "/" << den;
  }
}
TEST_F(BadMeta, MoreRecordsThanBytesAreRefused) {
  meta_.side_data_count += 1;
  EXPECT_FALSE(read_changed());
  meta_.side_data_count = UINT32_MAX;
  EXPECT_FALSE(read_changed());
}
TEST_F(BadMeta, RecordThatOverrunsIsRefused) {
  const std::uint32_t huge = 0xfffffff9;
  std::memcpy(bytes_.data() + sizeof(FrameMeta) + 4, &huge, sizeof(huge));
  EXPECT_FALSE(read(bytes_));
}

// No assertion but that it comes back: the sanitizers watch.
TEST_F(BadMeta, RandomBytesNeverCrash) {
  std::mt19937 random(20240607);
  std::vector<std::byte> noise;
  for (int round = 0; round < 20000; ++round) {
    noise.resize(random() % 600);
    for (std::byte& b : noise) b = static_cast<std::byte>(random());
    EXPECT_FALSE(read(noise));
  }
}
TEST_F(BadMeta, FlippedBytesNeverCrash) {
  std::mt19937 random(20240608);
  for (int round = 0; round < 50000; ++round) {
    std::vector<std::byte> changed = bytes_;
    for (auto flips = 1 + random() % 4; flips > 0; --flips)
      changed[random() % changed.size()] = static_cast<std::byte>(random());
    if (random() % 4 == 0) changed.resize(random() % (changed.size() + 1));
    (void)read(changed);
  }
}

}  // namespace
}  // namespace latham::test
