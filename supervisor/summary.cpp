// SPDX-License-Identifier: MIT
#include "supervisor/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "supervisor/progress_text.h"

namespace latham::supervisor {
namespace {

/// Times too short to divide by say nothing about speed.
std::optional<double> per_second(double amount, double elapsed_s) {
  if (elapsed_s < 0.001) return std::nullopt;
  return amount / elapsed_s;
}

std::string counted(const StageCounts& stage) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kDecoder = {{{"demuxed", "demuxed"},
                                                                            {"decoded", "decoded"},
                                                                            {"frames_out", "out"},
                                                                            {"errors", "errors"}}};
  constexpr std::array<std::pair<const char*, const char*>, 4> kFilter = {
      {{"frames_in", "in"}, {"frames_out", "out"}, {"dup", "doubled"}, {"drop", "dropped"}}};
  constexpr std::array<std::pair<const char*, const char*>, 5> kEncoder = {{{"frames_in", "in"},
                                                                            {"encoded", "encoded"},
                                                                            {"muxed", "muxed"},
                                                                            {"dup", "doubled"},
                                                                            {"drop", "dropped"}}};
  std::span<const std::pair<const char*, const char*>> keys = kFilter;
  if (stage.kind == "decoder") keys = kDecoder;
  if (stage.kind == "encoder") keys = kEncoder;

  std::vector<std::string> parts;
  for (const auto& [key, label] : keys) {
    const auto number = stage.counts.number(key);
    const std::string_view name = key;
    const bool only_if_any = name == "errors" || name == "dup" || name == "drop";
    if (number && (*number != 0 || !only_if_any))
      parts.push_back(fmt::format("{} {}", *number, label));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string stage_line(const StageCounts& stage, std::size_t name_width, std::size_t width) {
  std::string line = fmt::format("  {:<{}}  {:<{}}   {} copied ({})", stage.name, name_width,
                                 counted(stage), width, stage.counts.number("copied").value_or(0),
                                 human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(
                                     stage.counts.number("copied_bytes").value_or(0), 0))));
  if (const auto waited = stage.counts.number("waited_ms"))
    line += fmt::format("   waited {:.1f} s", static_cast<double>(*waited) / 1000);
  return line + "\n";
}

std::string output_line(const Summary::Written& output, const StageCounts& encoder,
                        double elapsed_s) {
  const auto number = [&](const char* key) { return encoder.counts.number(key); };
  const std::int64_t frames =
      number("muxed").value_or(number("encoded").value_or(number("frames_in").value_or(0)));
  std::string line = fmt::format("{}: {} frames", output.name, frames);
  const auto time_us = number("time_us");
  if (time_us) line += fmt::format(", {:.1f} s", static_cast<double>(*time_us) / 1e6);
  std::optional<std::uint64_t> bytes = output.bytes;
  if (const auto own = number("bytes"); !bytes && own && *own > 0)
    bytes = static_cast<std::uint64_t>(*own);
  if (bytes) line += ", " + human_bytes(*bytes);
  line += fmt::format(" in {:.1f} s", elapsed_s);
  if (const auto fps = per_second(static_cast<double>(frames), elapsed_s)) {
    line += fmt::format(" ({:.0f} fps", *fps);
    if (time_us) line += fmt::format(", {:.1f}x", static_cast<double>(*time_us) / 1e6 / elapsed_s);
    line += ")";
  }
  return line + "\n";
}

}  // namespace

std::optional<std::string> slowest_stage(std::span<const StageCounts> stages) {
  std::optional<std::string> slowest;
  std::int64_t most = 0;
  int known = 0;
  for (const StageCounts& stage : stages) {
    const auto run_ms = stage.counts.number("run_ms");
    const auto waited_ms = stage.counts.number("waited_ms");
    if (!run_ms || !waited_ms) continue;
    ++known;
    const std::int64_t worked_ms = *run_ms - *waited_ms;
    if (!slowest || worked_ms > most) {
      slowest = stage.name;
      most = worked_ms;
    }
  }
  return known < 2 ? std::nullopt : slowest;
}

std::string summary_text(const Summary& summary) {
  if (summary.stages.size() < summary.outputs.size()) return {};
  std::size_t width = 0;
  std::size_t name_width = 7;
  std::int64_t copied = 0;
  std::int64_t copied_bytes = 0;
  for (const StageCounts& stage : summary.stages) {
    width = std::max(width, counted(stage).size());
    name_width = std::max(name_width, stage.name.size());
    copied += stage.counts.number("copied").value_or(0);
    copied_bytes += stage.counts.number("copied_bytes").value_or(0);
  }
  std::string text;
  const std::size_t first = summary.stages.size() - summary.outputs.size();
  for (std::size_t i = 0; i < summary.outputs.size(); ++i)
    text += output_line(summary.outputs[i], summary.stages[first + i], summary.elapsed_s);
  for (const StageCounts& stage : summary.stages) text += stage_line(stage, name_width, width);
  for (const SkippedPacket& packet : summary.skipped)
    text += fmt::format("  left out {}, of which its decoder died\n", describe(packet));
  // "N frames copied" stays so even for one: scripts look for it.
  text +=
      fmt::format("  {} frames copied, {} copied, transport {}", copied,
                  human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(copied_bytes, 0))),
                  word(summary.transport));
  if (const auto slowest = slowest_stage(summary.stages)) text += "; slowest stage: " + *slowest;
  return text + "\n";
}

}  // namespace latham::supervisor
