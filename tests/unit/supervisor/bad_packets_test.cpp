// SPDX-License-Identifier: MIT
#include "supervisor/bad_packets.h"

#include <gtest/gtest.h>

namespace latham::supervisor {
namespace {

using Finding = BadPackets::Finding;
using Options = std::vector<std::string>;

ringbuf::InputPosition packet(std::uint64_t number) {
  ringbuf::InputPosition at;
  at.packet = number;
  at.stream = 0;
  return at;
}

TEST(BadPackets, SecondDeathNearTheFirstIsTheInputs) {
  BadPackets bad(false);
  EXPECT_EQ(bad.died_at(0, "in", packet(100)), Finding::first);
  EXPECT_EQ(bad.died_at(0, "in", packet(90)), Finding::again);
  EXPECT_TRUE(bad.options(0).empty());
}

TEST(BadPackets, DeathsFarApartOrInOtherInputsAreChance) {
  BadPackets bad(false);
  EXPECT_EQ(bad.died_at(0, "in", packet(100)), Finding::first);
  EXPECT_EQ(bad.died_at(0, "in", packet(1000)), Finding::first);
  EXPECT_EQ(bad.died_at(1, "other", packet(1000)), Finding::first);
}

TEST(BadPackets, IsFoundByADecoderWithOneThread) {
  BadPackets bad(true);
  EXPECT_EQ(bad.died_at(0, "in", packet(104)), Finding::suspect);
  EXPECT_EQ(bad.options(0), (Options{"-threads", "1"}));
  EXPECT_EQ(bad.died_at(0, "in", packet(100)), Finding::found);
  EXPECT_EQ(bad.options(0), (Options{"--skip-packets", "100"}));
  ASSERT_EQ(bad.skipped().size(), 1U);
  EXPECT_EQ(bad.skipped().front().at.packet, 100U);
}

TEST(BadPackets, NextOneIsFoundInTheSameWay) {
  BadPackets bad(true);
  for (const std::uint64_t number : {100U, 101U}) {
    EXPECT_EQ(bad.died_at(0, "in", packet(number)), Finding::suspect);
    EXPECT_EQ(bad.died_at(0, "in", packet(number)), Finding::found);
  }
  EXPECT_EQ(bad.options(0), (Options{"--skip-packets", "100,101"}));
}

TEST(BadPackets, DeathElsewhereWhileOneIsLookedForIsAnotherSuspect) {
  BadPackets bad(true);
  EXPECT_EQ(bad.died_at(0, "in", packet(100)), Finding::suspect);
  EXPECT_EQ(bad.died_at(0, "in", packet(1000)), Finding::suspect);
  EXPECT_TRUE(bad.skipped().empty());
}

TEST(BadPackets, NothingCanBeLeftOutBeforeTheFirstPacket) {
  BadPackets bad(true);
  EXPECT_EQ(bad.died_at(0, "in", packet(3)), Finding::suspect);
  EXPECT_EQ(bad.died_at(0, "in", packet(0)), Finding::first);
  EXPECT_EQ(bad.died_at(0, "in", packet(0)), Finding::again);
}

TEST(BadPackets, SearchHasAnEnd) {
  BadPackets bad(true);
  int suspects = 0;
  for (std::uint64_t number = 1000; number < 1'000'000; number += 1000)
    if (bad.died_at(0, "in", packet(number)) == Finding::suspect) ++suspects;
  EXPECT_EQ(suspects, 100);
}

TEST(BadPackets, AreDescribedByWhatIsKnown) {
  ringbuf::InputPosition at = packet(7);
  EXPECT_EQ(describe({"in.mp4", at}), "packet 7 of 'in.mp4' (stream 0)");
  at.time_us = 2'280'000;
  at.byte = 1000;
  at.bytes = 24;
  EXPECT_EQ(describe({"in.mp4", at}),
            "packet 7 of 'in.mp4' (stream 0, 2.280 s, bytes 1000 to 1024)");
  at.byte = INT64_MAX;  // what a decoder that was taken over may say
  EXPECT_EQ(describe({"in.mp4", at}), "packet 7 of 'in.mp4' (stream 0, 2.280 s)");
  at.stream = -1;
  EXPECT_EQ(describe({"in.mp4", at}), "the end of 'in.mp4'");
  EXPECT_EQ(describe({"in.mp4", packet(0)}), "the beginning of 'in.mp4'");
}

}  // namespace
}  // namespace latham::supervisor
