// SPDX-License-Identifier: MIT
#include "supervisor/pipeline.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "supervisor/linking.h"

namespace latham::supervisor {
namespace {

Job simple_job() {
  Job job;
  job.inputs.push_back({"in.mp4", {}});
  job.outputs.push_back({"out.mp4", {}});
  return job;
}

void option(Job& job, const std::string& name, const std::string& value) {
  if (!value.empty()) job.outputs.front().options.push_back({name, value});
}

DecoderFacts yuv420p() {
  DecoderFacts facts;
  facts.pix_fmt = "yuv420p";
  return facts;
}

EncoderFacts takes(std::vector<std::string> formats) {
  return {std::move(formats), OutputKind::file};
}

std::string line(const StagePlan& plan) {
  return fmt::format("{}", fmt::join(plan.argv, " "));
}

TEST(Pipeline, PlainJobJoinsDecoderAndEncoder) {
  const Pipeline pipeline = plan_pipeline(simple_job(), yuv420p(), takes({"yuv420p", "nv12"}));
  ASSERT_EQ(pipeline.stages.size(), 2U);
  EXPECT_EQ(pipeline.stages[0].name, "decoder");
  EXPECT_EQ(line(pipeline.stages[0]), "-target out.mp4 -i in.mp4");
  EXPECT_EQ(pipeline.stages[1].name, "encoder");
  EXPECT_EQ(line(pipeline.stages[1]), "out.mp4");
  ASSERT_EQ(pipeline.edges.size(), 1U);
  EXPECT_EQ(pipeline.edges[0].number, 1U);
  EXPECT_EQ(pipeline.edges[0].producer, 0U);
  ASSERT_EQ(pipeline.edges[0].consumers.size(), 1U);
  EXPECT_EQ(pipeline.edges[0].consumers[0].stage, 1U);
  EXPECT_EQ(pipeline.edges[0].consumers[0].policy, Policy::lossless);
  EXPECT_TRUE(pipeline.edges[0].upstream.empty());
  EXPECT_EQ(pipeline.packets.producer, 0U);
  EXPECT_EQ(pipeline.packets.consumer, 1U);
}

TEST(Pipeline, FilterStandsBetweenWithAnEdgeOnEachSide) {
  Job job = simple_job();
  option(job, "filter:v", "hflip");
  const Pipeline pipeline = plan_pipeline(job, yuv420p(), takes({"yuv420p", "nv12"}));
  ASSERT_EQ(pipeline.stages.size(), 3U);
  EXPECT_EQ(line(pipeline.stages[1]), "-vf hflip -pix_fmts yuv420p,nv12");
  EXPECT_EQ(line(pipeline.stages[2]), "-filtered 1 out.mp4");
  ASSERT_EQ(pipeline.edges.size(), 2U);
  EXPECT_EQ(pipeline.edges[1].producer, 1U);
  EXPECT_EQ(pipeline.edges[1].consumers[0].stage, 2U);
  // The filter may forward what lies in the decoder's pool.
  EXPECT_EQ(pipeline.edges[1].upstream, std::vector<std::uint32_t>{1});
  EXPECT_EQ(pipeline.packets.consumer, 2U);
}

struct FilterCase {
  const char* name;
  const char* vf;
  const char* pix_fmt;
  const char* size;
  const char* decoded;
  bool rotate;
  std::vector<std::string> taken;
  bool needed;
};

class NeedsFilter : public testing::TestWithParam<FilterCase> {};

TEST_P(NeedsFilter, AsTheCaseSays) {
  const FilterCase& c = GetParam();
  Job job = simple_job();
  option(job, "filter:v", c.vf);
  option(job, "pix_fmt", c.pix_fmt);
  option(job, "s", c.size);
  DecoderFacts decoder;
  decoder.pix_fmt = c.decoded;
  decoder.rotate = c.rotate;
  EXPECT_EQ(needs_filter(job.outputs.front(), decoder, takes(c.taken)), c.needed);
  decoder.video = false;
  EXPECT_FALSE(needs_filter(job.outputs.front(), decoder, takes(c.taken)));
}

INSTANTIATE_TEST_SUITE_P(
    Pipeline, NeedsFilter,
    testing::Values(
        FilterCase{"nothing", "", "", "", "yuv420p", false, {"yuv420p"}, false},
        FilterCase{"null", "null", "", "", "yuv420p", false, {"yuv420p"}, false},
        FilterCase{"graph", "scale=2:2", "", "", "yuv420p", false, {"yuv420p"}, true},
        FilterCase{"rotated", "", "", "", "yuv420p", true, {"yuv420p"}, true},
        FilterCase{"size", "", "", "2x2", "yuv420p", false, {"yuv420p"}, true},
        FilterCase{"other_format_asked", "", "nv12", "", "yuv420p", false, {"nv12"}, true},
        FilterCase{"same_format_asked", "", "yuv420p", "", "yuv420p", false, {"yuv420p"}, false},
        FilterCase{
            "encoder_chose_a_nearer", "", "yuvj420p", "", "yuv420p", false, {"yuv420p"}, false},
        FilterCase{"format_not_taken", "", "", "", "gbrp", false, {"yuv420p"}, true},
        FilterCase{"takes_any", "", "", "", "gbrp", false, {}, false},
        FilterCase{"format_unknown", "", "", "", "", false, {"yuv420p"}, true}),
    [](const auto& test_case) { return test_case.param.name; });

TEST(Pipeline, ConversionAloneIsANullGraphIntoTheAskedFormat) {
  Job job = simple_job();
  option(job, "pix_fmt", "yuv420p10le");
  option(job, "s", "640x360");
  const Pipeline pipeline = plan_pipeline(job, yuv420p(), takes({"yuv420p10le"}));
  ASSERT_EQ(pipeline.stages.size(), 3U);
  EXPECT_EQ(line(pipeline.stages[1]), "-vf null -pix_fmts yuv420p10le -s 640x360");
  EXPECT_EQ(line(pipeline.stages[2]), "-pix_fmt yuv420p10le out.mp4");
}

TEST(Pipeline, WithoutVideoOnlyThePacketRingIsLeft) {
  Job job = simple_job();
  option(job, "filter:v", "hflip");
  DecoderFacts decoder;
  decoder.video = false;
  const Pipeline pipeline = plan_pipeline(job, decoder, takes({"yuv420p"}));
  EXPECT_EQ(pipeline.stages.size(), 2U);
  EXPECT_TRUE(pipeline.edges.empty());
}

TEST(Pipeline, EveryOptionReachesItsStage) {
  Job job = simple_job();
  job.globals.loglevel = "debug";
  job.globals.stop_on_error = true;
  job.inputs.front().options = {
      {"f", "matroska"}, {"threads", "2"}, {"stream_loop", "3"}, {"err_detect", "explode"}};
  job.outputs.front().options = {{"f", "mov"},        {"c:v", "libx264"},  {"c:a", "aac"},
                                 {"an", {}},          {"sn", {}},          {"dn", {}},
                                 {"r", "30000/1001"}, {"fps_mode", "cfr"}, {"frames:v", "12"},
                                 {"q:v", "4"},        {"crf", "20"},       {"threads", "1"}};
  EXPECT_EQ(line(plan_decoder(job)),
            "-loglevel debug -xerror -an -sn -dn -c:a aac -target out.mp4 -target_format mov "
            "-f matroska -threads 2 -stream_loop 3 -err_detect explode -i in.mp4");
  EXPECT_EQ(line(plan_encoder(job)),
            "-loglevel debug -xerror -f mov -c:v libx264 -r 30000/1001 -fps_mode cfr -frames:v 12 "
            "-q:v 4 -crf 20 -threads 1 out.mp4");
}

TEST(Pipeline, FactsComeFromReadyLines) {
  const auto ready = control::parse(
      "ready width=1920 height=1080 pix_fmt=yuv420p rotate=1 video=1 "
      "frame_bytes=3110400 duration_us=10000000");
  ASSERT_TRUE(ready);
  const DecoderFacts decoder = decoder_facts(*ready);
  EXPECT_TRUE(decoder.video && decoder.rotate);
  EXPECT_EQ(decoder.pix_fmt, "yuv420p");
  EXPECT_EQ(decoder.frame_bytes, 3110400U);
  EXPECT_EQ(decoder.duration_us, 10000000);

  const EncoderFacts encoder =
      encoder_facts({"ready", {{"pix_fmts", "yuv420p,nv12"}, {"output", "self"}}, ""});
  EXPECT_EQ(encoder.pix_fmts, (std::vector<std::string>{"yuv420p", "nv12"}));
  EXPECT_EQ(encoder.output, OutputKind::self);
  EXPECT_TRUE(encoder_facts({"ready", {}, ""}).pix_fmts.empty());
}

TEST(Pipeline, HostileNumbersCountAsUnknown) {
  const DecoderFacts facts = decoder_facts(
      {"ready", {{"frame_bytes", "-5"}, {"duration_us", "99999999999999999999"}}, ""});
  EXPECT_EQ(facts.frame_bytes, 0U);
  EXPECT_FALSE(facts.duration_us);
}

TEST(EdgeGeometry, EntriesAreAPowerOfTwoNotBelowSlots) {
  for (std::uint32_t slots = 4; slots <= 128; ++slots) {
    const EdgeGeometry geometry = edge_geometry(slots, 0);
    EXPECT_EQ(geometry.slots, slots);
    EXPECT_EQ(geometry.entries & (geometry.entries - 1), 0U);
    EXPECT_GE(geometry.entries, slots);
    EXPECT_LE(geometry.entries, 256U);
  }
}

TEST(EdgeGeometry, LargerFramesGetLargerSlots) {
  const std::uint64_t usual = edge_geometry(32, 0).slot_bytes;
  EXPECT_EQ(edge_geometry(32, 1000).slot_bytes, usual);
  const std::uint64_t large = edge_geometry(32, usual + 5).slot_bytes;
  EXPECT_GE(large, usual + 5);
  EXPECT_EQ(large % 4096, 0U);
}

}  // namespace
}  // namespace latham::supervisor
