// SPDX-License-Identifier: MIT
#include "encoder/in_step.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace latham::test {
namespace {

using encoder::InStep;

TEST(InStep, TakesFromTheInputThatIsBehind) {
  InStep inputs({0, 1});
  inputs.reached(0, 40'000);
  EXPECT_FALSE(inputs.may_take(0));
  EXPECT_TRUE(inputs.may_take(1));
  inputs.reached(1, 60'000);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_FALSE(inputs.may_take(1));
}

TEST(InStep, TakesFromTheInputOfTheEarlierStreamWhereBothAreEquallyFar) {
  InStep inputs({1, 0});
  EXPECT_FALSE(inputs.may_take(0));
  EXPECT_TRUE(inputs.may_take(1));
  for (const std::size_t input : {0U, 1U}) inputs.reached(input, 40'000);
  EXPECT_FALSE(inputs.may_take(0));
  EXPECT_TRUE(inputs.may_take(1));
  inputs.ended(1);
  EXPECT_TRUE(inputs.may_take(0));
}

TEST(InStep, WaitsForNobodyThatHasEnded) {
  InStep inputs({0, 1});
  inputs.reached(0, 40'000);
  inputs.ended(1);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_TRUE(inputs.has_ended(1));
}

TEST(InStep, WaitsForNoInputOfSubtitlesOnly) {
  InStep inputs({0, std::nullopt, 1});
  inputs.reached(0, 40'000);
  inputs.reached(2, 40'000);
  EXPECT_TRUE(inputs.may_take(0));
}

TEST(InStep, WithOneInputAlwaysTakes) {
  InStep inputs(std::vector<std::optional<int>>{0});
  inputs.reached(0, 40'000);
  EXPECT_TRUE(inputs.may_take(0));
  EXPECT_FALSE(inputs.active());
}

}  // namespace
}  // namespace latham::test
