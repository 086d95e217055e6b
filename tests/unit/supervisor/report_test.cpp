// SPDX-License-Identifier: MIT
#include "supervisor/report.h"

#include <gtest/gtest.h>

#include <vector>

#include "supervisor/progress_text.h"
#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/stage_counts.h"

namespace latham::supervisor {
namespace {

using test::stage;

/// A Report that prints into a file, and what it printed.
class Printed {
 public:
  explicit Printed(const Globals& globals = {})
      : file_(std::tmpfile()), report(Report::make(file_, globals)) {}
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;
  ~Printed() { std::fclose(file_); }

  std::string text() {
    std::rewind(file_);
    std::string all;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) all += static_cast<char>(c);
    return all;
  }

 private:
  std::FILE* file_;

 public:
  std::unique_ptr<Report> report;
};

TEST(ReportText, SummaryHasOneLinePerStageBetweenTotals) {
  const std::vector<StageCounts> stages = {
      stage("decoder",
            "demuxed=250 decoded=250 frames_out=250 copied=0 run_ms=2100 waited_ms=1200 errors=0"),
      stage("encoder",
            "frames_in=250 encoded=250 muxed=250 copied=0 copied_bytes=0 run_ms=2100 waited_ms=300 "
            "time_us=10000000")};
  EXPECT_EQ(summary_text({{{"out.mp4", 1234567}}, 2.1, Transport::shm, stages}),
            "out.mp4: 250 frames, 10.0 s, 1.2 MB in 2.1 s (119 fps, 4.8x)\n"
            "  decoder  250 demuxed, 250 decoded, 250 out   0 copied (0 B)   waited 1.2 s\n"
            "  encoder  250 in, 250 encoded, 250 muxed      0 copied (0 B)   waited 0.3 s\n"
            "  0 frames copied, 0 B copied, transport shm; slowest stage: encoder\n");
}

TEST(ReportText, CopiesOfAllStagesAreAdded) {
  const std::vector<StageCounts> stages = {
      stage("decoder", "published=3 copied=3 copied_bytes=9000000"),
      stage("filter", "frames_in=3 frames_out=3 copied=1 copied_bytes=3000000"),
      stage("encoder", "frames_in=3 muxed=3")};
  const std::string text = summary_text({{{"o", std::nullopt}}, 1, Transport::pipe, stages});
  EXPECT_TRUE(test::contains(text, "4 frames copied, 12.0 MB copied, transport pipe\n")) << text;
}

TEST(ReportText, DoubledDroppedAndDamagedFramesAreSaid) {
  const std::vector<StageCounts> stages = {
      stage("decoder", "decoded=9 published=9 frames_out=9 errors=2"),
      stage("encoder", "frames_in=9 muxed=10 dup=2 drop=1")};
  const std::string text = summary_text({{{"o", std::nullopt}}, 1, Transport::shm, stages});
  EXPECT_TRUE(test::contains(text, "9 decoded, 9 out, 2 errors")) << text;
  EXPECT_TRUE(test::contains(text, "9 in, 10 muxed, 2 doubled, 1 dropped")) << text;
}

TEST(ReportText, SlowestStageIsTheOneThatWorkedLongest) {
  // The second decoder had nothing to do and was soon gone.
  EXPECT_EQ(slowest_stage(std::vector{stage("decoder 0", "run_ms=1000 waited_ms=900"),
                                      stage("decoder 1", "run_ms=5 waited_ms=0"),
                                      stage("filter", "run_ms=990 waited_ms=10"),
                                      stage("encoder", "run_ms=1000 waited_ms=500")}),
            "filter");
  EXPECT_FALSE(slowest_stage(
      std::vector{stage("decoder", "run_ms=1000 waited_ms=900"), stage("encoder", "")}));
}

TEST(ReportText, LevelsAreFfmpegsNamesAndNumbers) {
  EXPECT_EQ(level_number(""), std::nullopt);
  EXPECT_EQ(level_number("error"), 16);
  EXPECT_EQ(level_number("repeat+level+verbose"), 40);
  EXPECT_EQ(level_number("24"), 24);
  EXPECT_EQ(level_number("-8"), -8);
  EXPECT_EQ(level_number("nonsense"), std::nullopt);
}

TEST(ReportText, ControlCharactersOfAStageDoNotReachTheTerminal) {
  EXPECT_EQ(printable("red \x1b[31m\r\n\x7f"), "red ?[31m???");
  EXPECT_EQ(printable("csi \xc2\x9b"
                      "31m"),
            "csi ??31m");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

TEST(Report, WithoutATerminalProgressIsALineNowAndThen) {
  Printed printed;
  EXPECT_EQ(printed.report->progress_period(), std::chrono::seconds(10));
  Progress progress;
  progress.elapsed_s = 2;
  progress.outputs.push_back({});
  printed.report->progress(progress);
  EXPECT_EQ(printed.text(), "latham: frame 0  0.0 fps\n");
}

TEST(Report, NostatsAndQuietLevelsWantNoProgress) {
  Globals globals;
  globals.show_progress = false;
  EXPECT_FALSE(Printed(globals).report->progress_period());
  globals = {};
  globals.loglevel = 16;
  EXPECT_FALSE(Printed(globals).report->progress_period());
}

TEST(Report, WarningsNameTheStageAndEndAfterMany) {
  Printed printed;
  printed.report->warning("decoder", "one");
  EXPECT_EQ(printed.text(), "latham: warning: decoder: one\n");
  for (int i = 0; i < 1000; ++i) printed.report->warning("decoder", "more");
  const std::string text = printed.text();
  EXPECT_LT(text.size(), 5000U);
  EXPECT_TRUE(test::contains(text, "further warnings are not shown")) << text;
}

TEST(Report, LoglevelErrorIsSilentUntilAFailure) {
  Globals globals;
  globals.loglevel = 16;
  Printed printed(globals);
  printed.report->warning("decoder", "one");
  printed.report->note("two");
  const std::vector<StageCounts> stages = {stage("decoder", ""), stage("encoder", "")};
  printed.report->summary({{{"o", std::nullopt}}, 1, Transport::shm, stages});
  EXPECT_EQ(printed.text(), "");
}

}  // namespace
}  // namespace latham::supervisor
