// SPDX-License-Identifier: MIT
#include "media/stream_tally.h"

#include <gtest/gtest.h>

#include <vector>

namespace latham::media {
namespace {

using Fields = std::map<std::string, std::string>;

Fields tally(const std::vector<std::int64_t>& timestamps, AVRational time_base = {1, 25}) {
  StreamTally all;
  const Packet packet = make_packet();
  for (const std::int64_t pts : timestamps) {
    packet->pts = pts;
    packet->duration = 1;
    all.add(*packet, time_base);
  }
  Fields fields;
  all.write(fields);
  return fields;
}

TEST(StreamTally, SaysWhereTheStreamBeginsAndEnds) {
  const Fields fields = tally({2, 0, 1});
  EXPECT_EQ(fields.at("packets"), "3");
  EXPECT_EQ(fields.at("first_us"), "0");
  EXPECT_EQ(fields.at("end_us"), "120000");
  EXPECT_EQ(fields.at("time_base"), "1/25");
  EXPECT_EQ(fields.count("undated"), 0U);
}

TEST(StreamTally, HashDoesNotDependOnOrderOrShift) {
  const std::string hash = tally({0, 3, 1, 2}).at("pts");
  EXPECT_EQ(tally({0, 1, 2, 3}).at("pts"), hash);
  EXPECT_EQ(tally({-7, -6, -5, -4}).at("pts"), hash);
  EXPECT_EQ(tally({126'000, 126'001, 126'002, 126'003}).at("pts"), hash);
}

TEST(StreamTally, HashTellsAnyMovedTimestamp) {
  const std::string hash = tally({0, 1, 2, 3, 4}).at("pts");
  EXPECT_NE(tally({0, 1, 2, 2, 4}).at("pts"), hash);
  EXPECT_NE(tally({0, 1, 1, 4, 4}).at("pts"), hash);  // the same sum
  EXPECT_NE(tally({0, 1, 2, 3, 5}).at("pts"), hash);
}

TEST(StreamTally, PacketsWithoutTimestampsAreCountedApart) {
  const Fields fields = tally({AV_NOPTS_VALUE, 5, 6});
  EXPECT_EQ(fields.at("packets"), "3");
  EXPECT_EQ(fields.at("undated"), "1");
  EXPECT_EQ(fields.at("pts"), tally({0, 1}).at("pts"));
  EXPECT_EQ(tally({AV_NOPTS_VALUE}).count("pts"), 0U);
}

}  // namespace
}  // namespace latham::media
