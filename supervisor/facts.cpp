// SPDX-License-Identifier: MIT
#include "supervisor/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEvery{250};
/// Long enough for a steady number: stages count four times a second.
constexpr milliseconds kMeasured{1000};
/// Of a name, and of a list of stages: with all of them the line stays below its limit, escapes included.
constexpr std::size_t kLongestName = 300;
constexpr std::size_t kLongestList = 400;

/// The end tells more than the beginning.
std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : "..." + name.substr(name.size() - kLongestName);
}

/// A job of many outputs has more stages than anybody reads of: those behind are left out.
void append(std::string& list, const std::string& item) {
  if (list.size() + item.size() < kLongestList) list += (list.empty() ? "" : ",") + item;
}

/// Each stage reads the one before it: there is one of a kind, and so none with a number.
bool is_chain(std::span<const std::unique_ptr<Stage>> stages) {
  return std::all_of(stages.begin(), stages.end(), [](const auto& stage) {
    return stage->name().find(' ') == std::string::npos;
  });
}

std::int64_t frames_of(const Stage& last) {
  return last.count("muxed").value_or(last.count("frames_in").value_or(0));
}

}  // namespace

Facts::Facts(const std::string& input, const std::string& output)
    : input_(shortened(input)), output_(shortened(output)) {}

void Facts::set_edges(const std::vector<std::pair<std::uint32_t, std::string>>& edges,
                      const std::vector<std::uint32_t>& shown) {
  edges_.clear();
  for (const auto& [number, producer] : edges)
    append(edges_, fmt::format("{}:{}", number, producer));
  shown_ = edges.empty() ? "" : fmt::format("{}", fmt::join(shown, ","));
}

void Facts::measure(std::span<const std::unique_ptr<Stage>> stages, Clock::time_point now) {
  if (measured_ != Clock::time_point{} && now - measured_ < kMeasured) return;
  const double seconds = std::chrono::duration<double>(now - measured_).count();
  const bool first = measured_ == Clock::time_point{};
  measured_ = now;
  load_.clear();
  for (const auto& stage : stages) {
    const std::int64_t cpu_ms = stage->count("cpu_ms").value_or(0);
    const std::int64_t used = cpu_ms - std::exchange(cpu_ms_[stage.get()], cpu_ms);
    if (!first)
      append(load_,
             fmt::format("{}:{:.0f}", stage->name(),
                         static_cast<double>(std::max<std::int64_t>(used, 0)) / seconds / 10));
  }
  if (stages.empty()) return;
  const std::int64_t frames = frames_of(*stages.back());
  const std::int64_t made = frames - std::exchange(frames_, frames);
  if (!first) fps_ = static_cast<double>(std::max<std::int64_t>(made, 0)) / seconds;
}

control::Message Facts::message(std::span<const std::unique_ptr<Stage>> stages,
                                const JobState& state) {
  const auto now = Clock::now();
  next_ = now + kEvery;
  measure(stages, now);
  control::Message facts{"facts", {}, {}};
  auto& fields = facts.fields;
  fields["state"] = state.state;
  fields["age_ms"] = fmt::format("{:.0f}", state.age_s * 1000);
  fields["input"] = input_;
  fields["output"] = output_;
  if (!edges_.empty()) fields["edges"] = edges_;
  if (!shown_.empty()) fields["shown"] = shown_;
  if (!load_.empty()) fields["load"] = load_;
  if (fps_) fields["fps"] = fmt::format("{:.1f}", *fps_);
  if (state.duration_us) fields["duration_us"] = std::to_string(*state.duration_us);
  if (stages.empty()) return facts;
  fields["frames"] = std::to_string(frames_of(*stages.back()));
  if (const auto time_us = stages.back()->count("time_us"))
    fields["time_us"] = std::to_string(*time_us);
  if (const auto offset_us = stages.back()->count("sound_offset_us"))
    fields["sound_offset_us"] = std::to_string(*offset_us);
  // Frames on each edge, as far as both its ends have said.
  if (!is_chain(stages)) return facts;
  std::string queued;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    const std::int64_t out = stages[i]->count("frames_out").value_or(0);
    const std::int64_t in = stages[i + 1]->count("frames_in").value_or(0);
    queued += fmt::format("{}{}:{}", i == 0 ? "" : ",", stages[i]->name(),
                          std::max<std::int64_t>(out - in, 0));
  }
  fields["queued"] = queued;
  return facts;
}

}  // namespace latham::supervisor
