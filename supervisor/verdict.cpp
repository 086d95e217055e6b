// SPDX-License-Identifier: MIT
#include "supervisor/verdict.h"

#include <fmt/format.h>

namespace latham::supervisor {
namespace {

using Count = std::optional<std::int64_t>;

/// What a stage gave on one edge: with several edges it counts each.
Count given_on(const StageCounts& stage, std::uint32_t edge) {
  if (const Count own = stage.counts.number(fmt::format("edge{}", edge))) return own;
  return stage.counts.number(stage.kind == "decoder" ? "published" : "frames_out");
}

/// What a consumer took for one of its streams.
Count taken_for(const StageCounts& stage, int stream) {
  if (const Count own = stage.counts.number(fmt::format("stream{}", stream))) return own;
  return stage.counts.number("frames_in");
}

std::optional<Failure> compare(const char* what, Count before, Count after, bool may_be_fewer,
                               const std::string& hop) {
  if (!before || !after || *before == *after) return std::nullopt;
  if (may_be_fewer && *after < *before) return std::nullopt;
  return Failure(
      ExitCode::mismatch,
      fmt::format("{} {}: {} before, {} after; the file was not kept; please report this "
                  "with the command line",
                  what, hop, *before, *after));
}

std::optional<Failure> no_frames(const StageCounts& decoder, const std::string& input, int signal) {
  if (decoder.counts.number("published").value_or(1) != 0) return std::nullopt;
  // A part of the time that holds other streams only: the decoder has told.
  if (decoder.counts.number("beside").value_or(0) != 0) return std::nullopt;
  if (signal != 0)
    return Failure::interrupted(signal, "interrupted before the first frame; no file was written");
  const std::int64_t errors = decoder.counts.number("errors").value_or(0);
  return Failure(
      ExitCode::input,
      fmt::format("{}: decode '{}': not one frame came out of it{}; no file was written; "
                  "is it damaged? (-loglevel verbose says more)",
                  decoder.name, input, errors > 0 ? fmt::format(" ({} errors)", errors) : ""));
}

bool gives_frames(const Pipeline& pipeline, std::size_t decoder) {
  return std::any_of(pipeline.edges.begin(), pipeline.edges.end(),
                     [&](const EdgePlan& edge) { return edge.producer == decoder; });
}

bool gives_packets(const Pipeline& pipeline, std::size_t decoder) {
  return std::any_of(pipeline.packets.begin(), pipeline.packets.end(),
                     [&](const PacketPlan& packets) { return packets.producer == decoder; });
}

/// Every packet that was read is written or refused for a reason, every sample arrives.
std::optional<Failure> compare_stream(const control::Message& given,
                                      const control::Message& taken) {
  const std::string name =
      fmt::format("of {} stream {} ", given.get("type", "unknown"), given.get("index"));
  const bool may_be_fewer = taken.get("whole", "1") == "0";
  const auto hop = [&](const char* what, Count before, Count after, bool fewer, const char* where) {
    return compare(what, before, after, fewer, name + where);
  };
  if (taken.number("refused")) {
    if (auto failure = hop("packets", given.number("packets"), given.number("given"), false,
                           "read and given by the decoder"))
      return failure;
  }
  if (auto failure = hop("packets", given.number("given"), taken.number("taken"), may_be_fewer,
                         "from the decoder to the encoder"))
    return failure;
  if (auto failure = hop("samples", given.number("samples"), taken.number("samples"), may_be_fewer,
                         "from the decoder to the encoder"))
    return failure;
  Count kept = taken.number("taken");
  if (!kept || !taken.number("refused")) return std::nullopt;
  *kept -= *taken.number("refused");
  return hop("packets", kept, taken.number("packets"), false, "taken and written by the encoder");
}

std::optional<Failure> compare_streams(const StageCounts& decoder, const StageCounts& encoder,
                                       std::size_t input) {
  for (const control::Message& taken : encoder.streams) {
    if (taken.number("input").value_or(0) != static_cast<std::int64_t>(input)) continue;
    for (const control::Message& given : decoder.streams) {
      if (given.number("index") != taken.number("source")) continue;
      if (auto failure = compare_stream(given, taken)) return failure;
    }
  }
  return std::nullopt;
}

std::optional<Failure> compare_edge(const EdgePlan& edge, std::span<const StageCounts> stages,
                                    bool limited) {
  const StageCounts& from = stages[edge.producer];
  // Behind a frame limit a stage may have been ended early: its last report is then out of date.
  if (limited && from.counts.word == "progress") return std::nullopt;
  for (const ConsumerPlan& consumer : edge.consumers) {
    const StageCounts& to = stages[consumer.stage];
    if (auto failure =
            compare("frames", given_on(from, edge.number), taken_for(to, consumer.stream), limited,
                    fmt::format("from the {} to the {}", from.name, to.name)))
      return failure;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> verdict(const Pipeline& pipeline, std::span<const StageCounts> stages,
                               const VerdictTerms& terms) {
  for (std::size_t input = 0; input < terms.inputs.size(); ++input) {
    const control::Message& counts = stages[input].counts;
    // Behind a frame limit a decoder may be ended before it has said anything.
    if (terms.limited && counts.word == "progress") continue;
    // Sound alone may not be there in a part of the time; but what is there must not be all damaged.
    const bool has_damaged =
        gives_packets(pipeline, input) && counts.number("errors").value_or(0) > 0;
    if (!gives_frames(pipeline, input) && !has_damaged) continue;
    if (auto failure = no_frames(stages[input], terms.inputs[input], terms.signal)) return failure;
  }
  for (const StageCounts& stage : stages) {
    Count kept = stage.counts.number("decoded");
    if (kept) *kept -= stage.counts.number("trimmed").value_or(0);
    if (auto failure = compare("frames", kept, stage.counts.number("published"), terms.limited,
                               fmt::format("decoded and published by the {}", stage.name)))
      return failure;
  }
  for (const EdgePlan& edge : pipeline.edges)
    if (auto failure = compare_edge(edge, stages, terms.limited)) return failure;
  for (const StageCounts& stage : stages) {
    if (auto failure =
            compare("frames", stage.counts.number("encoded"), stage.counts.number("muxed"), false,
                    fmt::format("encoded and written by the {}", stage.name)))
      return failure;
  }
  for (const PacketPlan& packets : pipeline.packets) {
    if (auto failure =
            compare_streams(stages[packets.producer], stages[packets.consumer], packets.input))
      return failure;
  }
  return std::nullopt;
}

}  // namespace latham::supervisor
