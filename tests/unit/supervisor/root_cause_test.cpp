// SPDX-License-Identifier: MIT
#include "supervisor/root_cause.h"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "tests/unit/supervisor/expect_failure.h"

namespace latham::supervisor {
namespace {

constexpr const char* kNothing = "no file was written";

Symptom running(const char* name) {
  const std::string all = name;
  return {all.substr(0, all.find(' ')), all, 4711, {}, {}, false, false, {}};
}

Symptom with_error(const char* name, const char* kind, const char* text, std::size_t order) {
  Symptom symptom = running(name);
  symptom.error = stage_error(name, {"error", {{"kind", kind}}, text}, order);
  symptom.end = StageEnd{StageEnd::Kind::exited, 1, 0};
  return symptom;
}

Symptom signalled(const char* name, int signal) {
  Symptom symptom = running(name);
  symptom.end = StageEnd{StageEnd::Kind::signalled, 0, signal};
  return symptom;
}

Failure cause(const std::vector<Symptom>& symptoms) {
  return root_cause(symptoms, kNothing, 3);
}

TEST(RootCause, CrashSaysWhoHowWhereAndWhatIsLeft) {
  Symptom crash = signalled("decoder", SIGSEGV);
  crash.frames = 312;
  const Failure failure = cause({crash, running("encoder")});
  EXPECT_EQ(failure.code(), 6);
  EXPECT_TRUE(test::contains(
      failure.what(),
      "decoder (pid 4711) was killed by signal 11 (Segmentation fault) after frame 312; "
      "no file was written"))
      << failure.what();
}

TEST(RootCause, SignalDeathWinsOverErrorsThatFollowFromIt) {
  EXPECT_EQ(
      cause({with_error("decoder", "failed", "broken pipe", 0), signalled("encoder", SIGKILL)})
          .code(),
      6);
}

TEST(RootCause, PreciseErrorWinsOverVagueOneThatCameFirst) {
  const Failure failure = cause({with_error("decoder", "failed", "peer lost", 0),
                                 with_error("encoder", "output", "no space left", 1)});
  EXPECT_EQ(failure.code(), 4);
  EXPECT_STREQ(failure.what(), "encoder: no space left");
}

TEST(RootCause, EarlierErrorWinsOverLaterOneOfItsKind) {
  EXPECT_STREQ(cause({with_error("decoder", "failed", "second", 1),
                      with_error("encoder", "failed", "first", 0)})
                   .what(),
               "encoder: first");
}

TEST(RootCause, StageThatBlamesItsNeighbourComesLast) {
  EXPECT_STREQ(cause({with_error("decoder", "neighbour", "gone", 0),
                      with_error("encoder", "failed", "why", 1)})
                   .what(),
               "encoder: why");
}

TEST(RootCause, ExitWithoutAWordIsACrash) {
  Symptom silent = running("filter");
  silent.end = StageEnd{StageEnd::Kind::exited, 3, 0};
  EXPECT_EQ(cause({silent}).code(), 6);
  EXPECT_TRUE(test::contains(cause({silent}).what(),
                             "left with code 3 and no word before its first frame"));
  silent.end->code = 0;
  EXPECT_TRUE(test::contains(cause({silent}).what(), "left without having finished"));
}

TEST(RootCause, TimeoutWinsAndNamesTheOption) {
  Symptom hung = running("filter");
  hung.timed_out = true;
  hung.end = StageEnd{StageEnd::Kind::killed_by_us, 0, SIGKILL};
  const Failure failure = cause({with_error("decoder", "output", "x", 0), hung});
  EXPECT_EQ(failure.code(), 6);
  EXPECT_TRUE(test::contains(failure.what(), "made no progress for 3 s")) << failure.what();
  EXPECT_TRUE(test::contains(failure.what(), "--stage-timeout")) << failure.what();
}

TEST(RootCause, FinishedStagesAreNoTrouble) {
  Symptom finished = running("encoder");
  EXPECT_FALSE(is_trouble(finished));
  finished.done = true;
  finished.end = StageEnd{StageEnd::Kind::exited, 0, 0};
  EXPECT_FALSE(is_trouble(finished));
  finished.end = StageEnd{StageEnd::Kind::signalled, 0, SIGSEGV};
  EXPECT_FALSE(is_trouble(finished));  // after its last word: a warning
  finished.end = StageEnd{StageEnd::Kind::exited, 1, 0};
  EXPECT_TRUE(is_trouble(finished));
}

TEST(RootCause, KindOfErrorBecomesTheExitCode) {
  const std::vector<std::pair<const char*, int>> kinds = {
      {"usage", 2}, {"input", 3}, {"output", 4}, {"failed", 1}, {"mismatch", 5}, {"nonsense", 1}};
  for (const auto& [kind, code] : kinds)
    EXPECT_EQ(cause({with_error("encoder", kind, "x", 0)}).code(), code) << kind;
}

TEST(RootCause, ErrorTextCannotControlTheTerminal) {
  EXPECT_STREQ(cause({with_error("decoder", "input", "bad\x1b[2J", 0)}).what(), "decoder: bad?[2J");
}

}  // namespace
}  // namespace latham::supervisor
