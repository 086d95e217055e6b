// SPDX-License-Identifier: MIT
#include "bench/transcode_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace latham::bench {
namespace {

using Json = nlohmann::json;

struct Judged {
  Summary fps, cpu, first, to_ffmpeg, cpu_to_ffmpeg;
  double first_after_ffmpeg_ms = 0;  ///< Median of the differences, round by round.
  double memory_to_ffmpeg = 0;
  std::string equality;
};

std::string word(Equality equality) {
  switch (equality) {
    case Equality::equal:
      return "equal";
    case Equality::differs:
      return "differs";
    case Equality::not_reproducible:
      return "not reproducible";
    case Equality::not_written:
      break;
  }
  return "-";
}

Judged judge(const std::vector<TranscodeRow>& rows, const TranscodeRow& row) {
  const TranscodeRow& ffmpeg = ffmpeg_of(rows, row);
  Judged judged;
  judged.fps = summarize(row.fps());
  judged.cpu = summarize(row.cpu_seconds);
  judged.first = summarize(row.first_packet_ms);
  judged.to_ffmpeg = ratio(row.fps(), ffmpeg.fps());
  judged.cpu_to_ffmpeg = ratio(row.cpu_seconds, ffmpeg.cpu_seconds);
  std::vector<double> later;
  std::transform(row.first_packet_ms.begin(), row.first_packet_ms.end(),
                 ffmpeg.first_packet_ms.begin(), std::back_inserter(later),
                 [](double ours, double theirs) { return ours - theirs; });
  judged.first_after_ffmpeg_ms = median(later);
  judged.memory_to_ffmpeg = row.peak_bytes / ffmpeg.peak_bytes;
  judged.equality = word(compare(row, ffmpeg));
  return judged;
}

}  // namespace

Table transcode_table(const std::vector<TranscodeRow>& rows) {
  Table table;
  table.title = "The same transcode, done in four ways";
  table.head = {"job",
                "way",
                "fps",
                "to ffmpeg",
                "CPU s",
                "to ffmpeg",
                "peak memory MB",
                "to ffmpeg",
                "first packet ms",
                "after ffmpeg's",
                "packets"};
  bool is_noisy = false;
  for (const TranscodeRow& row : rows) {
    const Judged judged = judge(rows, row);
    const bool noisy_row = judged.fps.spread > kNoisyPercent;
    is_noisy = is_noisy || noisy_row;
    table.rows.push_back(
        {row.rung, row.variant.name, with_spread(judged.fps) + (noisy_row ? " !" : ""),
         with_spread(judged.to_ffmpeg), with_spread(judged.cpu), with_spread(judged.cpu_to_ffmpeg),
         number(row.peak_bytes / 1e6), number(judged.memory_to_ffmpeg), with_spread(judged.first),
         fmt::format("{:+.0f}", judged.first_after_ffmpeg_ms), judged.equality});
  }
  table.notes.push_back(
      "fps of the whole job, start and end included; memory: PSS of all "
      "processes, in a run that is not timed");
  table.notes.push_back(
      "first packet: from the start of the first process until it is out, in runs of their own");
  table.notes.push_back("packets: against those of ffmpeg in one process");
  if (is_noisy)
    table.notes.push_back("!: more than 10 % spread; the machine is busy. Trust the ratios first");
  return table;
}

Json transcode_json(const std::vector<TranscodeRow>& rows) {
  Json results = Json::array();
  for (const TranscodeRow& row : rows) {
    const Judged judged = judge(rows, row);
    results.push_back({{"job", row.rung},
                       {"way", row.variant.name},
                       {"processes", row.variant.commands.size()},
                       {"frames", row.frames},
                       {"rounds", row.seconds.size()},
                       {"fps", judged.fps.median},
                       {"fps_spread", judged.fps.spread},
                       {"ratio_to_ffmpeg", judged.to_ffmpeg.median},
                       {"ratio_to_ffmpeg_spread", judged.to_ffmpeg.spread},
                       {"cpu_seconds", judged.cpu.median},
                       {"cpu_seconds_spread", judged.cpu.spread},
                       {"cpu_ratio_to_ffmpeg", judged.cpu_to_ffmpeg.median},
                       {"cpu_ratio_to_ffmpeg_spread", judged.cpu_to_ffmpeg.spread},
                       {"peak_bytes", row.peak_bytes},
                       {"memory_ratio_to_ffmpeg", judged.memory_to_ffmpeg},
                       {"first_packet_ms", judged.first.median},
                       {"first_packet_ms_spread", judged.first.spread},
                       {"first_packet_after_ffmpeg_ms", judged.first_after_ffmpeg_ms},
                       {"packets", judged.equality}});
  }
  return {{"results", results}};
}

std::vector<Plot> transcode_plots(const std::vector<TranscodeRow>& rows) {
  Plot fps{"transcode-fps",
           "Frames per second, ffmpeg in one process = 1",
           "",
           "fps to ffmpeg",
           false,
           false,
           {},
           {}};
  Plot memory{"transcode-memory",
              "Peak memory, ffmpeg in one process = 1",
              "",
              "memory to ffmpeg",
              false,
              false,
              {},
              {}};
  for (const TranscodeRow& row : rows) {
    if (fps.labels.empty() || fps.labels.back() != row.rung) fps.labels.push_back(row.rung);
    const Judged judged = judge(rows, row);
    // Two or three processes are one way, whatever the rung.
    const std::string way = row.variant.commands.size() > 1 ? "ffmpeg|ffmpeg" : row.variant.name;
    const auto add = [&](Plot& plot, double y) {
      auto series = std::find_if(plot.series.begin(), plot.series.end(),
                                 [&](const Plot::Series& s) { return s.name == way; });
      if (series == plot.series.end()) {
        plot.series.push_back({way, {}});
        series = std::prev(plot.series.end());
      }
      series->points.emplace_back(static_cast<double>(fps.labels.size() - 1), y);
    };
    add(fps, judged.to_ffmpeg.median);
    add(memory, judged.memory_to_ffmpeg);
  }
  memory.labels = fps.labels;
  return {fps, memory};
}

}  // namespace latham::bench
