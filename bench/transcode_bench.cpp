// SPDX-License-Identifier: MIT
#include "bench/transcode_bench.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "bench/child_process.h"
#include "bench/transcode_run.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

Words join(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// A folder for the outputs, gone with this object.
class WorkFolder {
 public:
  WorkFolder() : path_(std::filesystem::temp_directory_path() / "latham-bench-XXXXXX") {
    std::string name = path_.string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(fmt::format("cannot make a folder like '{}'", name));
    path_ = name;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::vector<Words> with_files(std::vector<Words> commands, const std::string& in,
                              const std::string& out) {
  for (Words& command : commands)
    for (std::string& word : command) {
      if (word == "{in}") word = in;
      if (word == "{out}") word = out;
    }
  return commands;
}

/// One process for each step. What the steps pass on is raw frames with their own times.
std::vector<Words> piped_ffmpeg(const Words& options) {
  const Words ffmpeg = {"ffmpeg", "-nostdin", "-v", "error", "-y"};
  const Words pass_on = {"-fps_mode", "passthrough", "-enc_time_base", "-1", "-c:v", "rawvideo",
                         "-f",        "nut",         "pipe:1"};
  const Words take = {"-f", "nut", "-i", "pipe:0"};
  Words filter;
  Words encode;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const bool is_filter = options[i] == "-vf" || options[i] == "-filter:v";
    (is_filter ? filter : encode).push_back(options[i]);
    if (is_filter && i + 1 < options.size()) filter.push_back(options[++i]);
  }
  std::vector<Words> commands;
  commands.push_back(join(join(ffmpeg, {"-i", "{in}", "-map", "0:v:0"}), pass_on));
  if (!filter.empty()) commands.push_back(join(join(join(ffmpeg, take), filter), pass_on));
  commands.push_back(join(join(join(ffmpeg, take), encode), {"{out}"}));
  return commands;
}

struct Judged {
  Summary fps, cpu, to_ffmpeg, cpu_to_ffmpeg;
  std::string equality;
};

const TranscodeRow& ffmpeg_of(const std::vector<TranscodeRow>& rows) {
  return *std::find_if(rows.begin(), rows.end(),
                       [](const TranscodeRow& row) { return row.variant.name == "ffmpeg"; });
}

Judged judge(const std::vector<TranscodeRow>& rows, const TranscodeRow& row) {
  const TranscodeRow& ffmpeg = ffmpeg_of(rows);
  Judged judged;
  judged.fps = summarize(row.fps());
  judged.cpu = summarize(row.cpu_seconds);
  judged.to_ffmpeg = ratio(row.fps(), ffmpeg.fps());
  judged.cpu_to_ffmpeg = ratio(row.cpu_seconds, ffmpeg.cpu_seconds);
  switch (compare(row, ffmpeg)) {
    case Equality::equal:
      judged.equality = "equal";
      break;
    case Equality::differs:
      judged.equality = "differs";
      break;
    case Equality::not_reproducible:
      judged.equality = "not reproducible";
      break;
  }
  return judged;
}

}  // namespace

std::vector<Variant> variants_of(const TranscodeOptions& options) {
  const std::string latham = own_folder() + "/latham";
  const auto by_latham = [&](const char* transport) {
    return join(join({latham, "transcode", "-y", "-nostats", "-loglevel", "error", "-i", "{in}",
                      "-an", "-sn"},
                     options.options),
                {"--transport", transport, "{out}"});
  };
  const Words by_ffmpeg =
      join(join({"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", "{in}", "-an", "-sn", "-dn"},
                options.options),
           {"{out}"});
  std::vector<Words> piped = piped_ffmpeg(options.options);
  const std::string piped_name = piped.size() == 3 ? "ffmpeg|ffmpeg|ffmpeg" : "ffmpeg|ffmpeg";
  return {{"ffmpeg", {by_ffmpeg}, true},
          {"latham shm", {by_latham("shm")}, true},
          {"latham pipe", {by_latham("pipe")}, true},
          // Raw frames in NUT lose colour tags and the like, so its packets may differ.
          {piped_name, std::move(piped), false}};
}

std::vector<double> TranscodeRow::fps() const {
  std::vector<double> values;
  for (const double s : seconds) values.push_back(static_cast<double>(frames) / s);
  return values;
}

Equality compare(const TranscodeRow& row, const TranscodeRow& ffmpeg) {
  const std::set<std::string> right(ffmpeg.packets.begin(), ffmpeg.packets.end());
  const bool is_equal = std::all_of(row.packets.begin(), row.packets.end(),
                                    [&](const std::string& made) { return right.contains(made); });
  if (is_equal) return Equality::equal;
  return right.size() > 1 ? Equality::not_reproducible : Equality::differs;
}

std::vector<TranscodeRow> measure_transcode(const TranscodeOptions& options) {
  const WorkFolder folder;
  const std::string out = folder.file("out.mkv");
  std::vector<TranscodeRow> rows;
  for (Variant& variant : variants_of(options)) {
    rows.emplace_back();
    rows.back().variant = std::move(variant);
  }
  for (int round = 0; round <= options.rounds; ++round) {
    for (TranscodeRow& row : rows) {
      const bool is_warm_up = round == 0;
      const JobCost cost =
          run_job(with_files(row.variant.commands, options.input, out), is_warm_up);
      row.packets.push_back(packets_of(out));
      if (is_warm_up) {
        row.peak_bytes = static_cast<double>(cost.peak_bytes);
        row.frames = static_cast<std::uint64_t>(
            std::count(row.packets.back().begin(), row.packets.back().end(), '\n'));
        continue;
      }
      row.seconds.push_back(cost.seconds);
      row.cpu_seconds.push_back(cost.cpu_seconds);
    }
  }
  return rows;
}

bool has_mismatch(const std::vector<TranscodeRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const TranscodeRow& row) {
    return row.variant.is_equal_expected && compare(row, ffmpeg_of(rows)) == Equality::differs;
  });
}

Table transcode_table(const std::vector<TranscodeRow>& rows) {
  Table table;
  table.title = "The same transcode, done in four ways";
  table.head = {"way",       "fps",    "to ffmpeg", "CPU s", "CPU to ffmpeg", "peak memory MB",
                "to ffmpeg", "packets"};
  bool is_noisy = false;
  for (const TranscodeRow& row : rows) {
    const Judged judged = judge(rows, row);
    const bool noisy_row = judged.fps.spread > kNoisyPercent;
    is_noisy = is_noisy || noisy_row;
    table.rows.push_back({row.variant.name, with_spread(judged.fps) + (noisy_row ? " !" : ""),
                          with_spread(judged.to_ffmpeg), with_spread(judged.cpu),
                          with_spread(judged.cpu_to_ffmpeg), number(row.peak_bytes / 1e6),
                          number(row.peak_bytes / ffmpeg_of(rows).peak_bytes), judged.equality});
  }
  table.notes.push_back(
      "fps of the whole job, start and end included; memory: PSS of all "
      "processes, in a run that is not timed");
  table.notes.push_back("packets: against those of ffmpeg in one process");
  if (is_noisy)
    table.notes.push_back("!: more than 10 % spread; the machine is busy. Trust the ratios first");
  return table;
}

Json transcode_json(const std::vector<TranscodeRow>& rows) {
  Json results = Json::array();
  for (const TranscodeRow& row : rows) {
    const Judged judged = judge(rows, row);
    results.push_back({{"way", row.variant.name},
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
                       {"peak_bytes", row.peak_bytes},
                       {"packets", judged.equality}});
  }
  return {{"results", results}};
}

}  // namespace latham::bench
