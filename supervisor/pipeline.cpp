// SPDX-License-Identifier: MIT
#include "supervisor/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace latham::supervisor {
namespace {

using Argv = std::vector<std::string>;

void add(Argv& argv, std::string_view option, const std::string& value) {
  if (value.empty()) return;
  argv.emplace_back(option);
  argv.push_back(value);
}

void add(Argv& argv, std::string_view option, bool given) {
  if (given) argv.emplace_back(option);
}

/// All but those that are for another stage.
void add(Argv& argv, const FileOptions& options, std::initializer_list<std::string_view> but = {}) {
  for (const FileOption& option : options) {
    if (std::find(but.begin(), but.end(), option.name) != but.end()) continue;
    argv.push_back("-" + option.name);
    if (option.value) argv.push_back(*option.value);
  }
}

std::string video_filter(const Output& output) {
  const std::string graph = value_of(output.options, "filter:v");
  return graph == "null" ? "" : graph;
}

StagePlan plan_filter(const Job& job, const EncoderFacts& encoder) {
  const FileOptions& options = job.outputs.front().options;
  const std::string graph = video_filter(job.outputs.front());
  StagePlan plan{"filter", {}};
  add(plan.argv, "-loglevel", job.globals.loglevel);
  add(plan.argv, "-vf", graph.empty() ? "null" : graph);
  add(plan.argv, "-pix_fmts", fmt::format("{}", fmt::join(encoder.pix_fmts, ",")));
  add(plan.argv, "-s", value_of(options, "s"));
  return plan;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t comma = std::min(list.find(',', from), list.size());
    if (comma > from) parts.push_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

}  // namespace

std::string_view word(Policy policy) {
  return policy == Policy::lossless ? "lossless" : "latest";
}

DecoderFacts decoder_facts(const control::Message& ready) {
  DecoderFacts facts;
  facts.video = ready.get("video", "1") != "0";
  facts.rotate = ready.get("rotate", "0") == "1";
  facts.pix_fmt = ready.get("pix_fmt");
  // Numbers from the decoder are hostile: what is out of range counts as unknown.
  const std::int64_t bytes = ready.number("frame_bytes").value_or(0);
  facts.frame_bytes = bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
  facts.duration_us = ready.number("duration_us");
  if (facts.duration_us && *facts.duration_us <= 0) facts.duration_us.reset();
  return facts;
}

EncoderFacts encoder_facts(const control::Message& ready) {
  EncoderFacts facts;
  facts.pix_fmts = split(ready.get("pix_fmts"));
  const std::string output = ready.get("output", "file");
  if (output == "none") facts.output = OutputKind::none;
  if (output == "self") facts.output = OutputKind::self;
  return facts;
}

StagePlan plan_decoder(const Job& job) {
  const Input& input = job.inputs.front();
  const Output& output = job.outputs.front();
  StagePlan plan{"decoder", {}};
  Argv& argv = plan.argv;
  add(argv, "-loglevel", job.globals.loglevel);
  add(argv, "-xerror", job.globals.stop_on_error);
  for (const char* kind : {"an", "sn", "dn"})
    add(argv, "-" + std::string(kind), has(output.options, kind));
  add(argv, "-c:a", value_of(output.options, "c:a"));
  // Copied streams must fit the output's container, which FFmpeg knows by its name or format.
  add(argv, "-target", output.name);
  add(argv, "-target_format", value_of(output.options, "f"));
  add(argv, "-target_filter", video_filter(output));
  add(argv, input.options);
  add(argv, "-i", input.name);
  return plan;
}

StagePlan plan_encoder(const Job& job) {
  const Output& output = job.outputs.front();
  StagePlan plan{"encoder", {}};
  Argv& argv = plan.argv;
  add(argv, "-loglevel", job.globals.loglevel);
  add(argv, "-xerror", job.globals.stop_on_error);
  add(argv, "-no_hdr10", !job.globals.hdr10);
  // Not "a filter runs", which is decided later, but "the user asked for one": what the filter may
  // have changed then wins over what the container said.
  if (!video_filter(output).empty()) add(argv, "-filtered", std::string("1"));
  add(argv, output.options, {"an", "sn", "dn", "c", "c:a", "c:s", "filter:v", "s"});
  argv.push_back(output.name);
  return plan;
}

StagePlan plan_viewer(const std::string& title, const std::string& loglevel,
                      std::optional<std::int64_t> duration_us) {
  StagePlan plan{"viewer", {}, true};
  add(plan.argv, "-loglevel", loglevel);
  if (duration_us) add(plan.argv, "-duration_us", fmt::format("{}", *duration_us));
  // An option with a value: a name may begin with a dash.
  add(plan.argv, "-title", title);
  return plan;
}

bool is_limited(const Output& output) {
  return has(output.options, "frames:v");
}

bool needs_filter(const Output& output, const DecoderFacts& decoder, const EncoderFacts& encoder) {
  if (!decoder.video) return false;
  if (!video_filter(output).empty() || decoder.rotate || has(output.options, "s")) return true;
  if (encoder.pix_fmts.empty()) return false;
  // A format not known yet is in no list either: then the filter sees to it.
  return std::find(encoder.pix_fmts.begin(), encoder.pix_fmts.end(), decoder.pix_fmt) ==
         encoder.pix_fmts.end();
}

Pipeline plan_pipeline(const Job& job, const DecoderFacts& decoder, const EncoderFacts& encoder) {
  Pipeline pipeline;
  pipeline.stages.push_back(plan_decoder(job));
  if (needs_filter(job.outputs.front(), decoder, encoder))
    pipeline.stages.push_back(plan_filter(job, encoder));
  pipeline.stages.push_back(plan_encoder(job));

  const std::size_t last = pipeline.stages.size() - 1;
  if (decoder.video) {
    std::vector<std::uint32_t> upstream;
    for (std::size_t stage = 0; stage < last; ++stage) {
      const auto number = static_cast<std::uint32_t>(stage + 1);
      pipeline.edges.push_back({number, stage, {{stage + 1, Policy::lossless}}, upstream});
      upstream.push_back(number);
    }
  }
  pipeline.packets = {0, last};
  return pipeline;
}

}  // namespace latham::supervisor
