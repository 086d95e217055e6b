// SPDX-License-Identifier: MIT
#include "supervisor/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

void add(Argv& argv, const AvOptions& options) {
  for (const auto& [name, value] : options) {
    argv.push_back("-" + name);
    argv.push_back(value);
  }
}

bool has_user_filter(const Job& job) {
  return !job.video_filter.empty() && job.video_filter != "null";
}

StagePlan plan_filter(const Job& job, const EncoderFacts& encoder) {
  StagePlan plan{"filter", {}};
  add(plan.argv, "-loglevel", job.loglevel);
  add(plan.argv, "-vf", has_user_filter(job) ? job.video_filter : "null");
  add(plan.argv, "-pix_fmts",
      job.pix_fmt.empty() ? fmt::format("{}", fmt::join(encoder.pix_fmts, ",")) : job.pix_fmt);
  add(plan.argv, "-s", job.size);
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
  StagePlan plan{"decoder", {}};
  Argv& argv = plan.argv;
  add(argv, "-loglevel", job.loglevel);
  if (job.decoder_threads) add(argv, "-threads", fmt::format("{}", *job.decoder_threads));
  if (job.stream_loop != 0) add(argv, "-stream_loop", fmt::format("{}", job.stream_loop));
  add(argv, "-xerror", job.stop_on_error);
  add(argv, "-an", job.no_audio);
  add(argv, "-sn", job.no_subtitles);
  add(argv, "-c:a", job.audio_codec);
  add(argv, "-dn", job.no_data);
  add(argv, "-f", job.input_format);
  // Copied streams must fit the output's container, which FFmpeg knows by its name or format.
  add(argv, "-target", job.output);
  add(argv, "-target_format", job.output_format);
  add(argv, "-target_filter", job.video_filter);
  add(argv, job.decoder_options);
  add(argv, "-i", job.input);
  return plan;
}

StagePlan plan_encoder(const Job& job) {
  StagePlan plan{"encoder", {}};
  Argv& argv = plan.argv;
  add(argv, "-loglevel", job.loglevel);
  add(argv, "-f", job.output_format);
  add(argv, "-c:v", job.video_codec);
  add(argv, "-r", job.rate);
  add(argv, "-fps_mode", job.fps_mode);
  add(argv, "-pix_fmt", job.pix_fmt);
  if (job.frame_limit) add(argv, "-frames:v", fmt::format("{}", *job.frame_limit));
  add(argv, "-q:v", job.quality);
  // Not "a filter runs", which is decided later, but "the user asked for one": what the filter may
  // have changed then wins over what the container said.
  if (has_user_filter(job)) add(argv, "-filtered", std::string("1"));
  add(argv, "-xerror", job.stop_on_error);
  add(argv, job.encoder_options);
  argv.push_back(job.output);
  return plan;
}

StagePlan plan_viewer(const Job& job, const DecoderFacts& decoder) {
  StagePlan plan{"viewer", {}};
  add(plan.argv, "-loglevel", job.loglevel);
  if (decoder.duration_us) add(plan.argv, "-duration_us", fmt::format("{}", *decoder.duration_us));
  // An option with a value: a name may begin with a dash.
  add(plan.argv, "-title", job.input);
  return plan;
}

bool needs_filter(const Job& job, const DecoderFacts& decoder, const EncoderFacts& encoder) {
  if (!decoder.video) return false;
  if (has_user_filter(job) || decoder.rotate || !job.size.empty()) return true;
  if (!job.pix_fmt.empty()) return job.pix_fmt != decoder.pix_fmt;
  if (encoder.pix_fmts.empty()) return false;
  // A format not known yet is in no list either: then the filter sees to it.
  return std::find(encoder.pix_fmts.begin(), encoder.pix_fmts.end(), decoder.pix_fmt) ==
         encoder.pix_fmts.end();
}

Pipeline plan_pipeline(const Job& job, const DecoderFacts& decoder, const EncoderFacts& encoder) {
  Pipeline pipeline;
  pipeline.stages.push_back(plan_decoder(job));
  if (needs_filter(job, decoder, encoder)) pipeline.stages.push_back(plan_filter(job, encoder));
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
