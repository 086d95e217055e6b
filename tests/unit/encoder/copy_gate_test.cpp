// SPDX-License-Identifier: MIT
#include "encoder/copy_gate.h"

#include <gtest/gtest.h>

namespace latham::test {
namespace {

using encoder::CopyGate;
using encoder::OutputTime;

constexpr AVRational kMilliseconds{1, 1000};

bool admits(CopyGate& gate, std::int64_t pts, bool key, std::int64_t clock_us) {
  const media::Packet packet = media::make_packet();
  packet->pts = packet->dts = pts;
  packet->flags = key ? AV_PKT_FLAG_KEY : 0;
  return gate.admit(*packet, kMilliseconds, clock_us);
}

TEST(CopyGate, BeginsWithTheFirstKeyPacketOfTheWindow) {
  OutputTime time;
  time.window.start = 1'000'000;
  CopyGate gate(time, {}, AVMEDIA_TYPE_VIDEO);
  EXPECT_FALSE(admits(gate, 900, true, 900'000));
  EXPECT_FALSE(admits(gate, 1100, false, 1'100'000));
  EXPECT_TRUE(admits(gate, 1200, true, 1'200'000));
  EXPECT_TRUE(admits(gate, 1300, false, 1'300'000));
}

TEST(CopyGate, WithCopyinkfBeginsAnywhere) {
  OutputTime time;
  time.copy_without_key = true;
  CopyGate gate(time, {}, AVMEDIA_TYPE_VIDEO);
  EXPECT_TRUE(admits(gate, 0, false, 0));
}

TEST(CopyGate, WithoutCopypriorssBeginsWithWhatIsShownInTheWindow) {
  OutputTime time;
  time.window.start = 1'000'000;
  time.copy_before_start = false;
  CopyGate gate(time, {}, AVMEDIA_TYPE_VIDEO);
  EXPECT_FALSE(admits(gate, 960, true, 1'000'000));
  EXPECT_TRUE(admits(gate, 1000, true, 1'040'000));
}

TEST(CopyGate, EndsAtTheEndOfEitherWindow) {
  OutputTime time;
  time.window.duration = 2'000'000;
  media::InputSpan input;
  input.copy_end = 1'000'000;
  CopyGate both(time, input, AVMEDIA_TYPE_VIDEO);
  EXPECT_TRUE(admits(both, 999, true, 999'999));
  EXPECT_FALSE(both.ended());
  EXPECT_FALSE(admits(both, 1000, true, 1'000'000));
  EXPECT_TRUE(both.ended());
  CopyGate output(time, {}, AVMEDIA_TYPE_VIDEO);
  EXPECT_TRUE(admits(output, 1999, true, 1'999'999));
  EXPECT_FALSE(admits(output, 2000, true, 2'000'000));
}

TEST(CopyGate, KeepsOutWhatWasReadOnlyForThePicturesSake) {
  media::InputSpan input;
  input.beside_start = 500'000;
  CopyGate sound({}, input, AVMEDIA_TYPE_AUDIO);
  EXPECT_FALSE(admits(sound, 499, true, 499'999));
  EXPECT_TRUE(admits(sound, 500, true, 500'000));
  CopyGate pictures({}, input, AVMEDIA_TYPE_VIDEO);
  EXPECT_TRUE(admits(pictures, 499, true, 499'999));
}

}  // namespace
}  // namespace latham::test
