// SPDX-License-Identifier: MIT
#include "supervisor/verdict.h"

#include <fmt/format.h>

namespace latham::supervisor {
namespace {

using Count = std::optional<std::int64_t>;

/// What a stage gave to the next one.
const char* given_key(const StageCounts& stage) {
  return stage.name == "decoder" ? "published" : "frames_out";
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

std::optional<Failure> no_frames(const StageCounts& last, const StageCounts& first,
                                 const VerdictTerms& terms) {
  if (!terms.video) return std::nullopt;
  if (last.counts.number("frames_in").value_or(1) != 0) return std::nullopt;
  if (first.counts.number("published").value_or(0) != 0) return std::nullopt;
  if (terms.signal != 0)
    return Failure::interrupted(terms.signal,
                                "interrupted before the first frame; no file was written");
  const std::int64_t errors = first.counts.number("errors").value_or(0);
  return Failure(
      ExitCode::input,
      fmt::format("decoder: decode '{}': not one frame came out of it{}; no file was written; "
                  "is it damaged? (-loglevel verbose says more)",
                  terms.input, errors > 0 ? fmt::format(" ({} errors)", errors) : ""));
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

std::optional<Failure> compare_streams(const StageCounts& decoder, const StageCounts& encoder) {
  for (const control::Message& taken : encoder.streams) {
    for (const control::Message& given : decoder.streams) {
      if (given.number("index") != taken.number("source")) continue;
      if (auto failure = compare_stream(given, taken)) return failure;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> verdict(std::span<const StageCounts> stages, const VerdictTerms& terms) {
  if (stages.empty()) return std::nullopt;
  const StageCounts& first = stages.front();
  const StageCounts& last = stages.back();
  if (auto failure = no_frames(last, first, terms)) return failure;

  if (auto failure =
          compare("frames", first.counts.number("decoded"), first.counts.number("published"),
                  terms.limited, "decoded and published by the decoder"))
    return failure;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    const StageCounts& from = stages[i];
    const StageCounts& to = stages[i + 1];
    // Behind a frame limit a stage may have been ended early: its last report is then out of date.
    if (terms.limited && from.counts.word == "progress") continue;
    if (auto failure =
            compare("frames", from.counts.number(given_key(from)), to.counts.number("frames_in"),
                    terms.limited, fmt::format("from the {} to the {}", from.name, to.name)))
      return failure;
  }
  if (auto failure = compare("frames", last.counts.number("encoded"), last.counts.number("muxed"),
                             false, "encoded and written by the encoder"))
    return failure;
  return compare_streams(first, last);
}

}  // namespace latham::supervisor
