// SPDX-License-Identifier: MIT
#include "supervisor/progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace latham::supervisor {
namespace {

constexpr std::string_view kGap = "  ";

std::string scaled(double value, std::span<const char* const> units) {
  std::size_t unit = 0;
  // 999.95 and more would print as 1000.0.
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string human_rate(double bits_per_s) {
  constexpr std::array kUnits = {"kb/s", "Mb/s", "Gb/s", "Tb/s"};
  return scaled(bits_per_s / 1000, kUnits);
}

/// A part of a line; those of the highest rank go first where there is no room.
struct Part {
  std::string text;
  int rank;
};

std::size_t width_of(const std::vector<Part>& parts) {
  std::size_t width = 0;
  for (const Part& part : parts) width += part.text.size() + (width == 0 ? 0 : kGap.size());
  return width;
}

std::string joined(std::vector<Part> parts, std::size_t width) {
  while (parts.size() > 1 && width_of(parts) > width)
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.rank < b.rank; }));
  std::string line;
  for (const Part& part : parts) line.append(line.empty() ? "" : kGap).append(part.text);
  return line.substr(0, width);
}

std::string percent(double share) {
  // Never 100% before the end.
  return fmt::format("{}%", static_cast<int>(std::floor(share * 100)));
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  return scaled(static_cast<double>(bytes) / 1000, kUnits);
}

std::string human_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e9));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string job_line(const Progress& progress, std::size_t width) {
  std::vector<Part> parts;
  if (progress.share)
    parts.push_back({fmt::format("{:>4}", percent(*progress.share)), 0});
  else if (const auto time = progress.time_us())
    parts.push_back({"time " + human_time(static_cast<double>(*time) / 1e6), 0});
  parts.push_back({fmt::format("frame {}", progress.frames()), 2});
  if (const auto fps = progress.fps())
    parts.push_back({fmt::format("{:.{}f} fps", *fps, *fps < 9.95 ? 1 : 0), 3});
  if (const auto speed = progress.speed()) parts.push_back({fmt::format("{:.1f}x", *speed), 4});
  // Rounded up, so that it is zero at the end only.
  if (progress.left_s) parts.push_back({"ETA " + human_time(std::ceil(*progress.left_s)), 1});
  if (const auto bytes = progress.bytes(); bytes && *bytes > 0) {
    std::string size = human_bytes(static_cast<std::uint64_t>(*bytes));
    if (const auto all = progress.expected_bytes(); all && !progress.ended)
      size += " of about " + human_bytes(static_cast<std::uint64_t>(*all));
    parts.push_back({size, 5});
  }
  if (const auto rate = progress.bits_per_s()) parts.push_back({human_rate(*rate), 6});
  return joined(std::move(parts), width);
}

std::string stages_line(const Progress& progress, std::size_t width) {
  const StageProgress* slowest = progress.bottleneck();
  std::string all;
  std::string loads;
  std::string worst;
  for (const StageProgress& stage : progress.stages) {
    if (!stage.load) continue;
    std::string text = fmt::format("{} {}", stage.name, percent(*stage.load));
    const std::string mark = &stage == slowest ? " (slowest)" : "";
    if (&stage == slowest) worst = text + mark;
    loads.append(loads.empty() ? "" : kGap).append(text).append(mark);
    // The last stage publishes nothing; what it keeps is on the edge before it.
    if (stage.fill) text += fmt::format(" [{}/{}]", stage.fill->frames, stage.fill->most);
    all.append(all.empty() ? "" : kGap).append(text).append(mark);
  }
  for (const std::string& line : {all, loads, worst}) {
    if (line.size() <= width) return line;
  }
  return {};
}

}  // namespace latham::supervisor
