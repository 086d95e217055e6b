// SPDX-License-Identifier: MIT
#include "supervisor/pipeline.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "supervisor/linking.h"
#include "tests/unit/supervisor/expect_failure.h"

namespace latham::supervisor {
namespace {

Job job_of(std::size_t inputs, std::size_t outputs) {
  Job job;
  for (std::size_t i = 0; i < inputs; ++i) job.inputs.push_back({fmt::format("in{}", i), {}});
  for (std::size_t o = 0; o < outputs; ++o) job.outputs.push_back({fmt::format("out{}", o), {}});
  return job;
}

Want picture(int stream, std::size_t input = 0, int source = 0) {
  Want want;
  want.stream = stream;
  want.input = input;
  want.source = source;
  want.as = Want::As::frames;
  return want;
}

Want filtered(Want want, std::optional<std::size_t> graph = 0) {
  want.filtered = true;
  want.filter = graph;
  want.pix_fmts = "yuv420p,nv12";
  return want;
}

Want beside(int stream, Want::As as, std::size_t input, int source) {
  Want want = picture(stream, input, source);
  want.as = as;
  return want;
}

std::string line(const StagePlan& plan) {
  return fmt::format("{}", fmt::join(plan.argv, " "));
}

std::vector<std::string> names(const Pipeline& pipeline) {
  std::vector<std::string> all;
  for (const StagePlan& stage : pipeline.stages) all.push_back(stage.name);
  return all;
}

Pipeline plan(const Job& job, std::vector<std::vector<Want>> wants) {
  std::vector<EncoderFacts> facts;
  for (std::vector<Want>& want : wants) facts.push_back({OutputKind::file, std::move(want)});
  return plan_pipeline(job, facts);
}

using Names = std::vector<std::string>;

TEST(Pipeline, PlainJobJoinsDecoderAndEncoder) {
  const Pipeline pipeline = plan(job_of(1, 1), {{picture(0)}});
  EXPECT_EQ(names(pipeline), (Names{"decoder", "encoder"}));
  EXPECT_EQ(line(pipeline.stages[0]), "-i in0");
  EXPECT_EQ(line(pipeline.stages[1]), "out0");
  ASSERT_EQ(pipeline.edges.size(), 1U);
  EXPECT_EQ(pipeline.edges[0].number, 1U);
  EXPECT_EQ(pipeline.edges[0].producer, 0U);
  ASSERT_EQ(pipeline.edges[0].consumers.size(), 1U);
  EXPECT_EQ(pipeline.edges[0].consumers[0].stage, 1U);
  EXPECT_EQ(pipeline.edges[0].consumers[0].policy, Policy::lossless);
  EXPECT_TRUE(pipeline.edges[0].upstream.empty());
  EXPECT_TRUE(pipeline.packets.empty());
}

TEST(Pipeline, FilterStandsBetweenWithAnEdgeOnEachSide) {
  Job job = job_of(1, 1);
  job.outputs[0].options = {{"filter:v", "hflip,scale=2:2"}};
  const Pipeline pipeline = plan(job, {{filtered(picture(0))}});
  EXPECT_EQ(names(pipeline), (Names{"decoder", "filter", "encoder"}));
  EXPECT_EQ(line(pipeline.stages[1]), "-vf hflip,scale=2:2 --pix-fmts yuv420p,nv12");
  ASSERT_EQ(pipeline.edges.size(), 2U);
  EXPECT_EQ(pipeline.edges[0].filters, std::vector<std::string>{"hflip,scale=2:2"});
  EXPECT_EQ(pipeline.edges[1].producer, 1U);
  EXPECT_EQ(pipeline.edges[1].consumers[0].stage, 2U);
  // The filter may forward what lies in the decoder's pool.
  EXPECT_EQ(pipeline.edges[1].upstream, std::vector<std::uint32_t>{1});
}

TEST(Pipeline, DecoderIsToldNoMoreOfALongGraphThanWholeFilters) {
  Job job = job_of(1, 1);
  const std::string tail(200, 'x');
  job.outputs[0].options = {{"filter:v", "crop=2:2,vflip,drawtext=" + tail}};
  EXPECT_EQ(plan(job, {{filtered(picture(0))}}).edges[0].filters,
            std::vector<std::string>{"crop=2:2,vflip"});
  job.outputs[0].options = {{"filter:v", "drawtext=" + tail}};
  EXPECT_EQ(plan(job, {{filtered(picture(0))}}).edges[0].filters,
            std::vector<std::string>{"drawtext"});
}

TEST(Pipeline, FilterIsToldWhatColoursTheEncoderTakes) {
  Want want = filtered(picture(0), std::nullopt);
  want.colours = "color_ranges=tv";
  const Pipeline pipeline = plan(job_of(1, 1), {{want}});
  EXPECT_EQ(line(pipeline.stages[1]), "-vf null --pix-fmts yuv420p,nv12 --colours color_ranges=tv");
}

TEST(Pipeline, ConversionAloneIsANullGraphIntoTheAskedFormat) {
  Want want = filtered(picture(0), std::nullopt);
  want.size = "640x360";
  const Pipeline pipeline = plan(job_of(1, 1), {{want}});
  ASSERT_EQ(pipeline.stages.size(), 3U);
  EXPECT_EQ(line(pipeline.stages[1]), "-vf null --pix-fmts yuv420p,nv12 -s 640x360");
}

TEST(Pipeline, OneDecodeServesSeveralOutputs) {
  Job job = job_of(1, 3);
  job.outputs[0].options = {{"filter:a", "anull"}, {"filter:v", "hflip"}};
  const Pipeline pipeline =
      plan(job, {{filtered(picture(0), 1)}, {filtered(picture(0), std::nullopt)}, {picture(0)}});
  EXPECT_EQ(names(pipeline),
            (Names{"decoder", "filter 0", "filter 1", "encoder 0", "encoder 1", "encoder 2"}));
  EXPECT_EQ(line(pipeline.stages[1]), "-vf hflip --pix-fmts yuv420p,nv12");
  ASSERT_EQ(pipeline.edges.size(), 3U);
  const EdgePlan& decoded = pipeline.edges[0];
  ASSERT_EQ(decoded.consumers.size(), 3U);
  EXPECT_EQ(decoded.consumers[0].stage, 1U);
  EXPECT_EQ(decoded.consumers[1].stage, 2U);
  EXPECT_EQ(decoded.consumers[2].stage, 5U);
  EXPECT_EQ(pipeline.edges[1].consumers[0].stage, 3U);
  EXPECT_EQ(pipeline.edges[2].consumers[0].stage, 4U);
  // Nobody may stop early while the others wait for the same decoder.
  EXPECT_EQ(line(pipeline.stages[3]), "--to-the-end -filter:a anull -filter:v hflip out0");
}

TEST(Pipeline, OverPipesEachConsumerHasAnEdgeOfItsOwn) {
  Job job = job_of(1, 2);
  job.globals.transport = Transport::pipe;
  const Pipeline pipeline = plan(job, {{picture(0)}, {picture(0)}});
  ASSERT_EQ(pipeline.edges.size(), 2U);
  for (const EdgePlan& edge : pipeline.edges) {
    EXPECT_EQ(edge.stream, 0);
    EXPECT_EQ(edge.consumers.size(), 1U);
  }
}

TEST(Pipeline, EachPictureStreamHasAnEdgeOfItsOwn) {
  const Pipeline pipeline = plan(job_of(1, 1), {{picture(0, 0, 3), picture(1, 0, 0)}});
  ASSERT_EQ(pipeline.edges.size(), 2U);
  EXPECT_EQ(pipeline.edges[0].stream, 3);
  EXPECT_EQ(pipeline.edges[0].consumers[0].stream, 0);
  EXPECT_EQ(pipeline.edges[1].stream, 0);
  EXPECT_EQ(pipeline.edges[1].consumers[0].stream, 1);
}

using Numbers = std::vector<std::uint32_t>;

TEST(EdgesToShow, AreWhatTheFirstEncoderGetsAndItsSource) {
  // Two inputs, each filtered into an output of its own: decoders give edges 1 and 2, filters 3 and 4.
  const Pipeline two = plan(job_of(2, 2), {{filtered(picture(0, 0))}, {filtered(picture(0, 1))}});
  EXPECT_EQ(edges_to_show(two, 2), (Numbers{3, 1}));
  // The first output takes what the second input gives.
  const Pipeline crossed =
      plan(job_of(2, 2), {{filtered(picture(0, 1))}, {filtered(picture(0, 0))}});
  const Numbers shown = edges_to_show(crossed, 2);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(crossed.edges[shown[1] - 1].producer, 1U);
}

TEST(EdgesToShow, WithoutAFilterAreOne) {
  EXPECT_EQ(edges_to_show(plan(job_of(1, 1), {{picture(0, 0, 3), picture(1, 0, 0)}}), 1),
            (Numbers{1}));
}

TEST(EdgesToShow, OfAnOutputWithoutPicturesAreTheNextOnes) {
  const Pipeline pipeline =
      plan(job_of(1, 2), {{beside(0, Want::As::decoded, 0, 1)}, {picture(0)}});
  EXPECT_EQ(edges_to_show(pipeline, 2), (Numbers{1}));
  EXPECT_EQ(edges_to_show(plan(job_of(1, 1), {{beside(0, Want::As::decoded, 0, 1)}}), 1),
            (Numbers{}));
}

TEST(Pipeline, PacketsComeFromEachInputThatIsWanted) {
  const Pipeline pipeline =
      plan(job_of(2, 1), {{picture(0), beside(1, Want::As::copied, 1, 2),
                           beside(2, Want::As::decoded, 1, 4), beside(3, Want::As::copied, 1, 5)}});
  EXPECT_EQ(names(pipeline), (Names{"decoder 0", "decoder 1", "encoder"}));
  EXPECT_EQ(line(pipeline.stages[2]), "--inputs 2 out0");
  ASSERT_EQ(pipeline.packets.size(), 1U);
  EXPECT_EQ(pipeline.packets[0].producer, 1U);
  EXPECT_EQ(pipeline.packets[0].consumer, 2U);
  EXPECT_EQ(pipeline.packets[0].copied, (std::vector<int>{2, 5}));
  EXPECT_EQ(pipeline.packets[0].decoded, (std::vector<int>{4}));
}

TEST(Pipeline, WithoutPicturesOnlyThePacketRingIsLeft) {
  const Pipeline pipeline = plan(job_of(1, 1), {{beside(0, Want::As::decoded, 0, 1)}});
  EXPECT_EQ(pipeline.stages.size(), 2U);
  EXPECT_TRUE(pipeline.edges.empty());
  EXPECT_EQ(pipeline.packets.size(), 1U);
}

TEST(Pipeline, EveryOptionReachesItsStage) {
  Job job = job_of(1, 1);
  job.globals.loglevel = 48;
  job.globals.stop_on_error = true;
  job.inputs[0].options = {{"f", "matroska"}, {"threads", "2"}, {"an", {}}};
  job.outputs[0].options = {{"map", "0:v"}, {"c:v", "libx264"}, {"sn", {}}, {"crf", "20"}};
  EXPECT_EQ(line(plan_decoder(job, 0)), "-loglevel 48 -xerror -f matroska -threads 2 -an -i in0");
  EXPECT_EQ(line(plan_encoder(job, 0)),
            "-loglevel 48 -xerror -map 0:v -c:v libx264 -sn -crf 20 out0");
}

TEST(Pipeline, FactsComeFromStatusLines) {
  const auto ready = control::parse("ready duration_us=10000000");
  const DecoderFacts decoder = decoder_facts(ready.value());
  EXPECT_EQ(decoder.duration_us, 10000000);

  const std::vector<control::Message> lines = {
      control::parse("wants stream=0 input=1 source=2 as=frames filtered=1 filter=3 "
                     "pix_fmts=yuv420p,nv12 size=2x2")
          .value(),
      control::parse("wants stream=1 input=0 source=5 as=decoded").value()};
  const EncoderFacts encoder = encoder_facts({"ready", {{"output", "self"}}, ""}, lines, 2);
  EXPECT_EQ(encoder.output, OutputKind::self);
  ASSERT_EQ(encoder.wants.size(), 2U);
  EXPECT_EQ(encoder.wants[0].input, 1U);
  EXPECT_EQ(encoder.wants[0].source, 2);
  EXPECT_TRUE(encoder.wants[0].filtered);
  EXPECT_EQ(encoder.wants[0].filter, 3U);
  EXPECT_EQ(encoder.wants[0].pix_fmts, "yuv420p,nv12");
  EXPECT_EQ(encoder.wants[1].as, Want::As::decoded);
}

TEST(Pipeline, WantOfAnInputThatIsNotThereIsRefused) {
  const std::vector<control::Message> lines = {
      control::parse("wants stream=0 input=2 source=0 as=copied").value()};
  EXPECT_REFUSED((void)encoder_facts({"ready", {}, ""}, lines, 2), 1, "does not exist");
}

TEST(Pipeline, HostileDurationCountsAsUnknown) {
  const DecoderFacts facts =
      decoder_facts({"ready", {{"duration_us", "99999999999999999999"}}, ""});
  EXPECT_FALSE(facts.duration_us);
}

TEST(EdgeGeometry, EntriesAreAPowerOfTwoNotBelowSlots) {
  for (std::uint32_t slots = 4; slots <= 128; ++slots) {
    const EdgeGeometry geometry = edge_geometry(slots);
    EXPECT_EQ(geometry.slots, slots);
    EXPECT_EQ(geometry.entries & (geometry.entries - 1), 0U);
    EXPECT_GE(geometry.entries, slots);
    EXPECT_LE(geometry.entries, 256U);
  }
}

TEST(Pipeline, OptionsOfTheOutputTellOfAFilterBeforeItsEncoderDoes) {
  const auto of = [](FileOptions options) { return will_filter({"out.mp4", std::move(options)}); };
  EXPECT_TRUE(of({{"filter:v", "hflip"}}));
  EXPECT_TRUE(of({{"c:v", "libx264"}, {"filter", "hflip"}}));
  EXPECT_TRUE(of({{"s", "640x360"}}));
  EXPECT_FALSE(of({{"filter:a", "volume=2"}}));
  EXPECT_FALSE(of({{"shortest", std::nullopt}}));
  EXPECT_FALSE(of({{"vn", std::nullopt}, {"filter:v", "hflip"}}));
}

}  // namespace
}  // namespace latham::supervisor
