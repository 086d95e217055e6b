// SPDX-License-Identifier: MIT
#include "supervisor/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "supervisor/failure.h"

namespace latham::supervisor {
namespace {

using Argv = std::vector<std::string>;

void add(Argv& argv, std::string_view option, const std::string& value) {
  if (value.empty()) return;
  argv.emplace_back(option);
  argv.push_back(value);
}

void add(Argv& argv, std::string_view option, std::optional<int> value) {
  if (value) add(argv, option, fmt::format("{}", *value));
}

void add(Argv& argv, std::string_view option, bool given) {
  if (given) argv.emplace_back(option);
}

void add(Argv& argv, const FileOptions& options) {
  for (const FileOption& option : options) {
    argv.push_back("-" + option.name);
    if (option.value) argv.push_back(*option.value);
  }
}

std::string name_of(std::string_view kind, std::size_t number, std::size_t of) {
  return of == 1 ? std::string(kind) : fmt::format("{} {}", kind, number);
}

/// The output's -filter options, in the order in which its encoder got them.
std::string filter_graph(const Output& output, const Want& want) {
  if (!want.filter) return {};
  std::size_t number = 0;
  for (const FileOption& option : output.options) {
    if (option.name != "filter" && !option.name.starts_with("filter:")) continue;
    if (number++ == *want.filter) return option.value.value_or("");
  }
  return {};
}

/// Its first filters, which decide how long ffmpeg keeps the decoder's frames; a long first one without options.
std::string graph_begin(const std::string& graph) {
  constexpr std::size_t kMost = 200;
  if (graph.size() <= kMost) return graph;
  const std::size_t whole = graph.find_last_of(",;", kMost);
  return graph.substr(0, whole != std::string::npos ? whole : graph.find('='));
}

/// `graph`: what the want asks of the output's filters.
StagePlan plan_filter(const Job& job, std::string name, const Output& output,
                      const std::string& graph, const Want& want) {
  StagePlan plan{"filter", std::move(name), {}};
  add(plan.argv, "-loglevel", job.globals.loglevel);
  add(plan.argv, "-vf", graph.empty() ? "null" : graph);
  add(plan.argv, "--pix-fmts", want.pix_fmts);
  add(plan.argv, "--colours", want.colours);
  add(plan.argv, "-s", want.size);
  add(plan.argv, "-sws_flags", value_of(output.options, "sws_flags"));
  return plan;
}

Want want_of(const control::Message& line, std::size_t inputs) {
  const auto number = [&](const char* key) { return line.number(key).value_or(-1); };
  const std::int64_t input = number("input");
  constexpr std::int64_t kMost = 1 << 20;
  if (input < 0 || input >= static_cast<std::int64_t>(inputs) || number("stream") < 0 ||
      number("stream") > kMost || number("source") < 0 || number("source") > kMost)
    throw Failure(ExitCode::failed, "the encoder wants a stream that does not exist");
  Want want;
  want.stream = static_cast<int>(number("stream"));
  want.input = static_cast<std::size_t>(input);
  want.source = static_cast<int>(number("source"));
  const std::string as = line.get("as");
  if (as == "frames") want.as = Want::As::frames;
  if (as == "decoded") want.as = Want::As::decoded;
  want.filtered = want.as == Want::As::frames && line.get("filtered") == "1";
  if (const std::int64_t filter = number("filter"); filter >= 0)
    want.filter = static_cast<std::size_t>(filter);
  want.pix_fmts = line.get("pix_fmts");
  want.colours = line.get("colours");
  want.size = line.get("size");
  return want;
}

}  // namespace

DecoderFacts decoder_facts(const control::Message& ready) {
  DecoderFacts facts;
  // Numbers from the decoder are hostile: what is out of range counts as unknown.
  facts.duration_us = ready.number("duration_us");
  if (facts.duration_us && *facts.duration_us <= 0) facts.duration_us.reset();
  return facts;
}

EncoderFacts encoder_facts(const control::Message& ready, std::span<const control::Message> wants,
                           std::size_t inputs) {
  EncoderFacts facts;
  const std::string output = ready.get("output", "file");
  if (output == "none") facts.output = OutputKind::none;
  if (output == "self") facts.output = OutputKind::self;
  facts.limited = ready.get("limited", "0") == "1";
  for (const control::Message& line : wants) facts.wants.push_back(want_of(line, inputs));
  return facts;
}

StagePlan plan_decoder(const Job& job, std::size_t input, const std::vector<std::string>& more) {
  StagePlan plan{"decoder", name_of("decoder", input, job.inputs.size()), {}};
  add(plan.argv, "-loglevel", job.globals.loglevel);
  add(plan.argv, "-xerror", job.globals.stop_on_error);
  add(plan.argv, "-copyts", job.globals.keep_timestamps);
  add(plan.argv, "-start_at_zero", job.globals.start_at_zero);
  add(plan.argv, job.inputs[input].options);
  plan.argv.insert(plan.argv.end(), more.begin(), more.end());
  add(plan.argv, "-i", job.inputs[input].name);
  return plan;
}

StagePlan plan_encoder(const Job& job, std::size_t output) {
  StagePlan plan{"encoder", name_of("encoder", output, job.outputs.size()), {}};
  Argv& argv = plan.argv;
  add(argv, "-loglevel", job.globals.loglevel);
  add(argv, "-xerror", job.globals.stop_on_error);
  add(argv, "--no-hdr10", !job.globals.hdr10);
  if (job.inputs.size() > 1) add(argv, "--inputs", fmt::format("{}", job.inputs.size()));
  // An encoder that stops early would keep the others waiting for what it has not taken.
  add(argv, "--to-the-end", job.outputs.size() > 1);
  if (job.globals.resumable)
    add(argv, "--resumable", fmt::format("{}", job.globals.segment_or_default_s()));
  add(argv, job.outputs[output].options);
  argv.push_back(job.outputs[output].name);
  return plan;
}

StagePlan plan_viewer(const std::string& title, std::optional<int> loglevel,
                      std::optional<std::int64_t> duration_us) {
  StagePlan plan{"viewer", "viewer", {}, true};
  add(plan.argv, "-loglevel", loglevel);
  if (duration_us) add(plan.argv, "--duration-us", fmt::format("{}", *duration_us));
  // An option with a value: a name may begin with a dash.
  add(plan.argv, "--title", title);
  return plan;
}

bool will_filter(const Output& output) {
  return !has(output.options, "vn") &&
         std::any_of(output.options.begin(), output.options.end(), [](const FileOption& option) {
           return option.name == "filter" || option.name.starts_with("filter:v") ||
                  option.name == "s" || option.name.starts_with("s:");
         });
}

namespace {

/// Puts a pipeline together in the direction of the data: decoders, their edges and the filters on them, the filters'
/// edges, encoders and the packets for them.
class Planner {
 public:
  Planner(const Job& job, std::span<const EncoderFacts> encoders) : job_(job), encoders_(encoders) {
    for (const EncoderFacts& facts : encoders)
      for (const Want& want : facts.wants) filters_ += want.filtered ? 1 : 0;
  }

  Pipeline plan() {
    for (std::size_t i = 0; i < job_.inputs.size(); ++i)
      pipeline_.stages.push_back(plan_decoder(job_, i));
    for (std::size_t o = 0; o < encoders_.size(); ++o)
      for (const Want& want : encoders_[o].wants)
        if (want.as == Want::As::frames) add_pictures(o, want);
    for (const Filtered& filter : filtered_) {
      EdgePlan& edge = new_edge(filter.stage, 0);
      edge.consumers.push_back({encoder_stage(filter.output), filter.stream, Policy::lossless});
      edge.upstream.push_back(filter.upstream);
    }
    for (std::size_t o = 0; o < encoders_.size(); ++o) {
      pipeline_.stages.push_back(plan_encoder(job_, o));
      for (std::size_t i = 0; i < job_.inputs.size(); ++i) add_packets(i, o);
    }
    return std::move(pipeline_);
  }

 private:
  struct Filtered {
    std::size_t stage;
    std::size_t output;
    int stream;  ///< Of the output.
    std::uint32_t upstream;
  };

  [[nodiscard]] std::size_t encoder_stage(std::size_t output) const {
    return job_.inputs.size() + filters_ + output;
  }

  EdgePlan& new_edge(std::size_t producer, int stream) {
    const auto number = static_cast<std::uint32_t>(pipeline_.edges.size() + 1);
    return pipeline_.edges.emplace_back(EdgePlan{number, producer, stream, {}, {}, {}});
  }

  /// The decoder's edge for one more consumer of the stream.
  EdgePlan& decoded_edge(const Want& want) {
    if (job_.globals.transport == Transport::shm)
      for (EdgePlan& edge : pipeline_.edges)
        if (edge.producer == want.input && edge.stream == want.source) return edge;
    return new_edge(want.input, want.source);
  }

  /// From the decoder to the encoder, or to the filter before it.
  void add_pictures(std::size_t output, const Want& want) {
    EdgePlan& edge = decoded_edge(want);
    const std::string graph = filter_graph(job_.outputs[output], want);
    edge.filters.push_back(graph_begin(graph));
    if (!want.filtered) {
      edge.consumers.push_back({encoder_stage(output), want.stream, Policy::lossless});
      return;
    }
    const std::size_t stage = pipeline_.stages.size();
    edge.consumers.push_back({stage, 0, Policy::lossless});
    pipeline_.stages.push_back(plan_filter(job_, name_of("filter", filtered_.size(), filters_),
                                           job_.outputs[output], graph, want));
    filtered_.push_back({stage, output, want.stream, edge.number});
  }

  void add_packets(std::size_t input, std::size_t output) {
    PacketPlan packets{input, encoder_stage(output), input, {}, {}};
    for (const Want& want : encoders_[output].wants) {
      if (want.input != input || want.as == Want::As::frames) continue;
      (want.as == Want::As::copied ? packets.copied : packets.decoded).push_back(want.source);
    }
    if (!packets.copied.empty() || !packets.decoded.empty())
      pipeline_.packets.push_back(std::move(packets));
  }

  const Job& job_;
  std::span<const EncoderFacts> encoders_;
  std::size_t filters_ = 0;
  std::vector<Filtered> filtered_;
  Pipeline pipeline_;
};

}  // namespace

Pipeline plan_pipeline(const Job& job, std::span<const EncoderFacts> encoders) {
  return Planner(job, encoders).plan();
}

std::vector<std::uint32_t> edges_to_show(const Pipeline& pipeline, std::size_t outputs) {
  const std::size_t first_encoder = pipeline.stages.size() - outputs;
  const auto gives = [&](std::size_t stage) {
    return std::find_if(pipeline.edges.begin(), pipeline.edges.end(), [&](const EdgePlan& edge) {
      return std::any_of(edge.consumers.begin(), edge.consumers.end(),
                         [&](const ConsumerPlan& consumer) { return consumer.stage == stage; });
    });
  };
  auto shown = gives(first_encoder);
  // Without pictures in the first output those of another will do.
  if (shown == pipeline.edges.end()) shown = pipeline.edges.begin();
  if (shown == pipeline.edges.end()) return {};
  std::vector<std::uint32_t> numbers = {shown->number};
  if (!shown->upstream.empty()) numbers.push_back(shown->upstream.front());
  return numbers;
}

}  // namespace latham::supervisor
