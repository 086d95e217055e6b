// SPDX-License-Identifier: MIT
#include "media/time_window.h"

#include <gtest/gtest.h>

#include <string>

#include "system/failure.h"

namespace latham::test {
namespace {

using media::read_window;
using media::TimeWindow;
using media::Trim;
using Place = media::Trim::Place;

constexpr AVRational kTicks{1, 1000};

TEST(ParseTime, TakesEachOfFfmpegsSpellings) {
  EXPECT_EQ(media::parse_time("-ss", "90.5"), 90'500'000);
  EXPECT_EQ(media::parse_time("-ss", "1:30.5"), 90'500'000);
  EXPECT_EQ(media::parse_time("-ss", "00:01:30"), 90'000'000);
  EXPECT_EQ(media::parse_time("-ss", "200ms"), 200'000);
  EXPECT_EQ(media::parse_time("-ss", "-0.25"), -250'000);
}

TEST(ParseTime, RefusesOtherTextAndNamesTheOption) {
  try {
    (void)media::parse_time("-ss", "soon");
    FAIL() << "not refused";
  } catch (const StageFailure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::usage);
    EXPECT_NE(std::string(failure.what()).find("-ss soon"), std::string::npos) << failure.what();
  }
}

TEST(TimeWindow, EndIsCountedFromZeroAndDurationWins) {
  EXPECT_EQ(read_window("2", "", "5").duration, 3'000'000);
  EXPECT_EQ(read_window("", "", "5").duration, 5'000'000);
  EXPECT_EQ(read_window("2", "1", "5").duration, 1'000'000);
  EXPECT_FALSE(read_window("2", "", "").duration);
  EXPECT_FALSE(read_window("", "", "").start);
}

TEST(TimeWindow, EndBeforeTheStartIsRefused) {
  EXPECT_THROW((void)read_window("5", "", "2"), StageFailure);
  EXPECT_THROW((void)read_window("", "-1", ""), StageFailure);
}

TEST(Trim, DurationCountsFromTheFirstPictureInside) {
  Trim trim({500'000, 1'000'000});
  EXPECT_EQ(trim.look(460, kTicks), Place::before);
  EXPECT_EQ(trim.look(510, kTicks), Place::inside);
  EXPECT_EQ(trim.look(1509, kTicks), Place::inside);
  EXPECT_EQ(trim.look(1510, kTicks), Place::past);
}

TEST(Trim, WhatComesAfterTheEndIsPastWhateverItsTime) {
  Trim trim({std::nullopt, 1'000'000});
  EXPECT_EQ(trim.look(0, kTicks), Place::inside);
  EXPECT_EQ(trim.look(2000, kTicks), Place::past);
  EXPECT_EQ(trim.look(40, kTicks), Place::past);
}

TEST(Trim, WithoutAWindowEverythingIsInside) {
  Trim trim({});
  EXPECT_EQ(trim.look(AV_NOPTS_VALUE, kTicks), Place::inside);
  EXPECT_EQ(trim.look(-40, kTicks), Place::inside);
}

}  // namespace
}  // namespace latham::test
