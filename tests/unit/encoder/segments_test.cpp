// SPDX-License-Identifier: MIT
#include "encoder/segments.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "encoder/packet_spool.h"
#include "system/failure.h"

namespace latham::encoder {
namespace {

constexpr AVRational kTicks{1, 25};
constexpr std::int64_t kSecond_us = 1'000'000;

UniqueFd new_file() {
  return UniqueFd(::memfd_create("spool", MFD_CLOEXEC));
}

UniqueFd again(const UniqueFd& fd) {
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

media::Packet packet_at(std::int64_t pts, int bytes = 10) {
  media::Packet packet = media::make_packet();
  EXPECT_EQ(av_new_packet(packet.get(), bytes), 0);
  std::fill_n(packet->data, bytes, static_cast<std::uint8_t>(pts));
  packet->pts = packet->dts = pts;
  packet->stream_index = 3;
  return packet;
}

std::vector<std::int64_t> read_all(PacketSpool& spool) {
  std::vector<std::int64_t> all;
  SpoolReader reader(spool);
  for (media::Packet packet; reader.next(packet);) {
    all.push_back(packet->pts);
    EXPECT_EQ(packet->stream_index, 3);
    EXPECT_EQ(packet->data[packet->size - 1], static_cast<std::uint8_t>(packet->pts));
  }
  return all;
}

TEST(PacketSpool, GivesBackAllPartsInTheOrderInWhichTheyWereBegun) {
  const UniqueFd file = new_file();
  PacketSpool first(again(file), "out", 0);
  first.begin_part();
  first.append(*packet_at(1));
  first.append(*packet_at(2));
  EXPECT_EQ(first.flush().size(), 16U);
  const PacketSpool::Part written = first.parts().front();
  EXPECT_EQ(written.packets, 2);

  PacketSpool second(again(file), "out", written.offset + written.bytes);
  second.begin_part();
  second.append(*packet_at(0));
  second.begin_part(written);
  second.begin_part();
  second.append(*packet_at(3));
  EXPECT_EQ(read_all(second), (std::vector<std::int64_t>{0, 1, 2, 3}));
}

TEST(PacketSpool, TakesPacketsThatAreLargerThanItsBlocks) {
  PacketSpool spool(new_file(), "out", 0);
  spool.begin_part();
  for (int i = 0; i < 5; ++i) spool.append(*packet_at(i, 3'000'000));
  EXPECT_EQ(read_all(spool), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(PacketSpool, HashTellsPartsApart) {
  PacketSpool spool(new_file(), "out", 0);
  std::vector<std::string> hashes;
  for (const int pts : {7, 8, 7}) {
    spool.begin_part();
    spool.append(*packet_at(pts));
    hashes.push_back(spool.flush());
  }
  EXPECT_NE(hashes[0], hashes[1]);
  EXPECT_EQ(hashes[0], hashes[2]);
}

TEST(PacketSpool, SaysThatItsFileHasBecomeShorter) {
  const UniqueFd file = new_file();
  PacketSpool spool(again(file), "out.mp4", 0);
  spool.begin_part();
  spool.append(*packet_at(1));
  (void)spool.flush();
  ASSERT_EQ(::ftruncate(file.get(), 12), 0);
  SpoolReader reader(spool);
  media::Packet packet;
  EXPECT_THROW((void)reader.next(packet), StageFailure);
}

class Cut : public testing::Test {
 protected:
  Segments segments(std::vector<control::Segment> kept = {}) {
    return {3, kSecond_us, std::move(kept), spool_,
            [this](const control::Segment& s) { closed_.push_back(s); }};
  }
  PacketSpool spool_{new_file(), "out", 0};
  std::vector<control::Segment> closed_;
};

TEST_F(Cut, BeginsAnotherSegmentWithEachSecondFromTheFirstPictureOn) {
  Segments cut = segments();
  EXPECT_TRUE(cut.begins_with(10, kTicks));
  cut.begin(10, kTicks);
  EXPECT_FALSE(cut.begins_with(34, kTicks));
  EXPECT_TRUE(cut.begins_with(35, kTicks));
  cut.begin(35, kTicks);
  EXPECT_FALSE(cut.begins_with(59, kTicks));
  EXPECT_TRUE(cut.begins_with(110, kTicks)) << "two seconds in which nothing was shown";
}

TEST_F(Cut, BeginsNoneWhereTimestampsGoBack) {
  Segments cut = segments();
  cut.begin(100, kTicks);
  EXPECT_FALSE(cut.begins_with(0, kTicks));
  cut.begin(150, kTicks);
  EXPECT_FALSE(cut.begins_with(120, kTicks));
}

TEST_F(Cut, SaysWhereAClosedOneLies) {
  Segments cut = segments();
  cut.begin(0, kTicks);
  spool_.append(*packet_at(0));
  cut.close();
  cut.begin(30, kTicks);
  spool_.append(*packet_at(30));
  spool_.append(*packet_at(31));
  cut.close();
  ASSERT_EQ(closed_.size(), 2U);
  EXPECT_EQ(closed_[0].stream, 3);
  EXPECT_EQ(closed_[0].number, 0);
  EXPECT_EQ(closed_[1].number, 1);
  EXPECT_EQ(closed_[1].offset, closed_[0].bytes);
  EXPECT_EQ(closed_[1].packets, 2);
}

TEST_F(Cut, TakesTheOnesThatAreThereAlready) {
  Segments cut = segments({{3, 1, 500, 100, 25, "0123456789abcdef"}});
  cut.begin(0, kTicks);
  EXPECT_EQ(cut.kept(), nullptr);
  cut.begin(25, kTicks);
  ASSERT_NE(cut.kept(), nullptr);
  EXPECT_EQ(cut.kept()->packets, 25);
  EXPECT_EQ(spool_.parts().back().offset, 500);
  cut.begin(50, kTicks);
  EXPECT_EQ(cut.kept(), nullptr);
}

struct Dates {
  std::int64_t pts;
  std::int64_t dts;
};

std::vector<std::int64_t> corrected(const std::vector<Dates>& packets) {
  JoinedDates dates;
  std::vector<std::int64_t> all;
  for (const Dates& each : packets) {
    const media::Packet packet = packet_at(each.pts);
    packet->dts = each.dts;
    dates.correct(*packet);
    all.push_back(packet->dts);
  }
  return all;
}

TEST(JoinedDates, GoOnWhereTheSegmentBeforeEnds) {
  // Two segments of I P B B with a delay of two, the second after a pause.
  EXPECT_EQ(corrected({{0, -2}, {3, -1}, {1, 0}, {2, 1}, {10, 8}, {13, 9}, {11, 10}, {12, 11}}),
            (std::vector<std::int64_t>{-2, -1, 0, 1, 2, 3, 10, 11}));
}

TEST(JoinedDates, StayWhereNothingIsReordered) {
  EXPECT_EQ(corrected({{0, 0}, {1, 1}, {5, 5}, {6, 6}}), (std::vector<std::int64_t>{0, 1, 5, 6}));
}

TEST(JoinedDates, LeavePacketsWithoutDatesAlone) {
  EXPECT_EQ(corrected({{AV_NOPTS_VALUE, AV_NOPTS_VALUE}, {4, 4}}),
            (std::vector<std::int64_t>{AV_NOPTS_VALUE, 4}));
}

}  // namespace
}  // namespace latham::encoder
