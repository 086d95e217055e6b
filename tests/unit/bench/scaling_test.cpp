// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "bench/plot.h"
#include "bench/scaling_bench.h"
#include "bench/system_calls.h"

namespace latham::bench {
namespace {

ScalingRow row(Transport transport, std::uint32_t count, double total) {
  ScalingRow made;
  made.transport = transport;
  made.is_pipelines = true;
  made.count = count;
  if (total > 0) made.total = {total};
  return made;
}

TEST(Collapses, NamesTheFirstCountBelowHalfOfTheBestOfItsOwnTransport) {
  const auto lines = collapses({row(Transport::shm, 1, 100), row(Transport::shm, 2, 90),
                                row(Transport::pipe, 1, 40), row(Transport::pipe, 2, 60),
                                row(Transport::pipe, 4, 29), row(Transport::pipe, 8, 10)});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "shm 2 pipelines: no collapse up to here, 90 % of its best");
  EXPECT_EQ(lines[1], "pipe 4 pipelines: collapsed to 48 % of its best");
}

TEST(Collapses, SaysWhatARunFailedOf) {
  ScalingRow failed = row(Transport::mq, 2, 0);
  failed.failure = "no more queues";
  const auto lines = collapses({row(Transport::mq, 1, 100), failed, row(Transport::mq, 4, 0)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "mq 2 pipelines: fails: no more queues");
}

TEST(SystemCallCount, IsReadFromBothTracers) {
  EXPECT_EQ(count_in("# started on Tue\n\n293,,raw_syscalls:sys_enter,293521,100.00,,\n"), 293);
  EXPECT_EQ(count_in("    calls syscall\n--- ---\n       12 read\n       20 total\n"), 20);
  EXPECT_EQ(count_in("<not counted>,,raw_syscalls:sys_enter,0,100.00,,\n"), std::nullopt);
  EXPECT_EQ(count_in(""), std::nullopt);
}

TEST(GnuplotScript, QuotesNamesAndLeavesOutWhatIsNoNumber) {
  Plot plot;
  plot.name = "p";
  plot.title = "it's";
  plot.series = {{"a", {{1, 2}, {2, std::numeric_limits<double>::quiet_NaN()}}}};
  const std::string script = gnuplot_script(plot, "f");
  EXPECT_NE(script.find("set title 'it''s'"), std::string::npos) << script;
  EXPECT_NE(script.find("1 2\nEND"), std::string::npos) << script;
  EXPECT_NE(script.find("set output 'f/p.svg'"), std::string::npos) << script;
}

}  // namespace
}  // namespace latham::bench
