// SPDX-License-Identifier: MIT
#include "viewer/title.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace latham::viewer {
namespace {

/// Long enough for a steady number, short enough to follow the job.
constexpr double kFpsWindow = 1.0;

/// A name comes from a file system: nothing in it may reach the window manager as control text.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

}  // namespace

std::string clock_text(double seconds, int digits) {
  const double bounded = std::clamp(seconds, 0.0, 1e9);
  const auto whole = static_cast<std::int64_t>(std::floor(bounded));
  std::string text = whole < 3600
                         ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                         : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  if (digits > 0) {
    const auto scale = std::pow(10.0, digits);
    text += fmt::format(".{:0{}}",
                        static_cast<std::int64_t>((bounded - std::floor(bounded)) * scale), digits);
  }
  return text;
}

std::string title_of(const TitleFacts& facts) {
  const std::size_t slash = facts.name.rfind('/');
  std::string text = one_line(facts.name.substr(slash == std::string::npos ? 0 : slash + 1));
  if (text.empty()) text = one_line(facts.name);
  if (facts.seconds) {
    text += "  " + clock_text(*facts.seconds);
    // Containers lie about their length.
    if (facts.duration_seconds && *facts.duration_seconds >= *facts.seconds)
      text += " / " + clock_text(*facts.duration_seconds);
  }
  if (facts.fps && !facts.ended && !facts.paused) text += fmt::format("  {:.0f} fps", *facts.fps);
  if (facts.ended) text += "  [ended]";
  if (facts.paused && !facts.ended) text += "  [paused]";
  if (facts.asking_to_stop) text += "  stop the job here? y/n";
  return text + " - latham";
}

void FpsMeter::note(std::uint64_t frame_number, double now) {
  if (number_ == 0 || frame_number < number_) {
    number_ = frame_number;
    since_ = now;
    return;
  }
  if (now - since_ < kFpsWindow) return;
  fps_ = static_cast<double>(frame_number - number_) / (now - since_);
  number_ = frame_number;
  since_ = now;
}

}  // namespace latham::viewer
