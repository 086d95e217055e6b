// SPDX-License-Identifier: MIT
#include "supervisor/stage.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/unit/supervisor/fake_stage.h"

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StageThat : public testing::Test {
 protected:
  Stage& runs(const std::string& script) {
    stages_.script("encoder", script);
    stage_ = std::make_unique<Stage>(StagePlan{"encoder", "encoder", {}}, stages_.folder(),
                                     std::span<const int>());
    return *stage_;
  }

  test::FakeStages stages_;
  std::unique_ptr<Stage> stage_;
};

TEST_F(StageThat, HasEndedIsHeardToItsLastWord) {
  Stage& stage = runs("warn:1000 say:done");
  pollfd death{stage.process.pidfd(), POLLIN, 0};
  ASSERT_EQ(::poll(&death, 1, 20'000), 1);
  ASSERT_TRUE(stage.process.reap());
  int lines = 0;
  std::string last;
  stage.hear([&](const control::Message& line) {
    ++lines;
    last = line.word;
  });
  EXPECT_EQ(lines, 1001);
  EXPECT_EQ(last, "done");
}

TEST_F(StageThat, LivesIsHeardOnlyForSomeLines) {
  Stage& stage = runs("warn:1000 hang");
  int lines = 0;
  while (lines == 0) stage.hear([&](const control::Message&) { ++lines; });
  EXPECT_LT(lines, 1000);
  stage.process.kill();
}

TEST_F(StageThat, IsBusyHasNoMoreTimeBecauseItIsLinked) {
  Stage& stage = runs("hang");
  ASSERT_TRUE(stage.is_busy());  // with getting ready
  const auto before = stage.last_change;
  std::this_thread::sleep_for(milliseconds(2));
  stage.link({"bell", {}, {}}, {});
  EXPECT_EQ(stage.last_change, before);
  stage.process.kill();
}

TEST_F(StageThat, WasNotListenedToIsForgivenThatTimeAndNoMore) {
  Stage& stage = runs("hang");
  const auto now = Clock::now();
  stage.last_change = now - seconds(10);
  stage.last_work = now - seconds(2);
  stage.forget(seconds(4));
  EXPECT_EQ(stage.last_change, now - seconds(6));
  EXPECT_LE(stage.last_work, Clock::now());
  EXPECT_GE(stage.last_work, now);
  stage.process.kill();
}

}  // namespace
}  // namespace latham::supervisor
