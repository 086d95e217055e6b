// SPDX-License-Identifier: MIT
#include "supervisor/verification.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/stage_counts.h"

namespace latham::supervisor {
namespace {

control::Message line(const std::string& text) {
  return control::parse("stream " + text).value();
}

StageCounts written() {
  StageCounts encoder = test::stage("encoder", "encoded=250 muxed=250");
  encoder.streams = {
      line("index=0 type=video packets=250 time_base=1/1000 first_us=0 end_us=10000000 pts=a.b.c"),
      line("index=1 type=audio packets=430 time_base=1/1000 first_us=-21000 end_us=9990000 pts=d")};
  return encoder;
}

StageCounts read() {
  StageCounts decoder = test::stage("decoder", "decoded=250");
  decoder.streams = {
      line("index=0 type=video packets=250 time_base=1/1000 first_us=1400000 end_us=11400000 "
           "pts=a.b.c errors=0 disordered=0"),
      line("index=1 type=audio packets=215 time_base=1/1000 first_us=1379000 end_us=11390000 "
           "pts=e errors=0")};
  return decoder;
}

void expect_refused(const StageCounts& decoder, const std::string& part) {
  EXPECT_REFUSED((void)compare_with_written("out.mp4", written(), decoder), 5, part.c_str());
}

TEST(Verification, ShiftOfTheWholeAndOtherPacketsOfSoundAreFine) {
  const Verified verified = compare_with_written("out.mp4", written(), read());
  EXPECT_EQ(verified.frames, 250);
  EXPECT_EQ(verified.streams, 2);
  EXPECT_EQ(verified.av_offset_us, -21000);
}

TEST(Verification, EachKindOfDifferenceIsNamed) {
  StageCounts decoder = read();
  decoder.counts = control::parse("done decoded=249").value();
  expect_refused(decoder, "verify 'out.mp4': frames: 250 were written, 249 came back");

  decoder = read();
  decoder.streams[0].fields["packets"] = "251";
  expect_refused(decoder, "video stream 0: packets: 250 were written, 251 came back");

  decoder = read();
  decoder.streams[0].fields["pts"] = "a.b.d";
  expect_refused(decoder, "video stream 0: its timestamps are not those that were written");

  decoder = read();
  decoder.streams[0].fields["disordered"] = "2";
  expect_refused(decoder, "2 frames come back in the wrong order");

  decoder = read();
  decoder.streams[1].fields["errors"] = "3";
  expect_refused(decoder, "audio stream 1: 3 errors when decoded");

  decoder = read();
  decoder.streams[1].fields["end_us"] = "10390000";
  expect_refused(decoder, "audio stream 1: 10.011 s were written, 9.011 s came back");

  decoder = read();
  decoder.streams[1].fields["first_us"] = "1879000";
  decoder.streams[1].fields["end_us"] = "11890000";
  expect_refused(decoder, "begins 0.479 s after the picture, -0.021 s was written");

  decoder = read();
  decoder.streams.pop_back();
  expect_refused(decoder, "audio stream 1: is not in it; the file was not kept");
}

TEST(Verification, OtherClockOfTheContainerIsNotComparedTickByTick) {
  StageCounts decoder = read();
  decoder.streams[0].fields["time_base"] = "1/25";
  decoder.streams[0].fields["pts"] = "1.2.3";
  EXPECT_EQ(compare_with_written("out.mp4", written(), decoder).frames, 250);
}

TEST(Verification, JobReadsAllAndWritesNothing) {
  Globals globals;
  globals.transport = Transport::pipe;
  globals.progress_target = "-";
  const Job job = verification_job({"out.mp4", {{"c:v", "libx264"}}}, globals);
  EXPECT_EQ(job.inputs[0].name, "out.mp4");
  EXPECT_TRUE(has(job.inputs[0].options, "-read-all"));
  EXPECT_EQ(value_of(job.outputs[0].options, "f"), "null");
  EXPECT_EQ(job.globals.transport, Transport::pipe);
  EXPECT_EQ(job.globals.progress_target, "");
  EXPECT_FALSE(job.globals.verify || job.globals.show_progress);
}

}  // namespace
}  // namespace latham::supervisor
