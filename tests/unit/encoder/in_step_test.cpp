// SPDX-License-Identifier: MIT
#include "encoder/in_step.h"

#include <gtest/gtest.h>

namespace latham::test {
namespace {

using encoder::InStep;

TEST(InStep, TakesFromTheInputThatIsBehind) {
  InStep inputs({true, true});
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_TRUE(inputs.may_take(1));
  inputs.reached(0, 40'000);
  EXPECT_FALSE(inputs.may_take(0));
  EXPECT_TRUE(inputs.may_take(1));
  inputs.reached(1, 60'000);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_FALSE(inputs.may_take(1));
}

TEST(InStep, WaitsForNobodyThatHasEnded) {
  InStep inputs({true, true});
  inputs.reached(0, 40'000);
  inputs.ended(1);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_TRUE(inputs.has_ended(1));
}

TEST(InStep, WaitsForNoInputOfSubtitlesOnly) {
  InStep inputs({true, false, true});
  inputs.reached(0, 40'000);
  inputs.reached(2, 40'000);
  EXPECT_TRUE(inputs.may_take(0));
}

TEST(InStep, WithOneInputAlwaysTakes) {
  InStep inputs({true});
  inputs.reached(0, 40'000);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_FALSE(inputs.active());
}

}  // namespace
}  // namespace latham::test
