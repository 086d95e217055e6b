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
#include "bench/first_packet.h"
#include "bench/transcode_run.h"

namespace latham::bench {
namespace {

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
std::vector<Words> piped_ffmpeg(const Words& options, const Words& out) {
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
  commands.push_back(join(join(join(ffmpeg, take), encode), out));
  return commands;
}

/// How the output is named: to a file, to nothing, or printed packet by packet.
Words output_words(bool writes_nothing) {
  return writes_nothing ? Words{"-f", "null", "-"} : Words{"{out}"};
}
const Words kPrinted = {"-flush_packets", "1", "-f", "framecrc", "-"};

Words by_latham(const Rung& rung, const char* transport, const Words& out) {
  const Words begin = {own_folder() + "/latham",
                       "transcode",
                       "-y",
                       "-nostats",
                       "-loglevel",
                       "error",
                       "-i",
                       "{in}",
                       "-an",
                       "-sn"};
  return join(join(join(begin, rung.options), {"--transport", transport}), out);
}

Words by_ffmpeg(const Rung& rung, const Words& out) {
  const Words begin = {"ffmpeg", "-nostdin", "-v",  "error", "-y",
                       "-i",     "{in}",     "-an", "-sn",   "-dn"};
  return join(join(begin, rung.options), out);
}

void run_round(std::vector<TranscodeRow>& rows, const TranscodeOptions& options, const Rung& rung,
               const std::string& out, bool is_warm_up) {
  for (TranscodeRow& row : rows) {
    if (row.rung != rung.name) continue;
    const JobCost cost = run_job(with_files(row.variant.commands, options.input, out), is_warm_up);
    if (!rung.writes_nothing) row.packets.push_back(packets_of(out));
    if (is_warm_up) {
      row.peak_bytes = static_cast<double>(cost.peak_bytes);
      const std::string packets =
          rung.writes_nothing ? packets_of(options.input) : row.packets.back();
      row.frames = static_cast<std::uint64_t>(std::count(packets.begin(), packets.end(), '\n'));
      continue;
    }
    row.seconds.push_back(cost.seconds);
    row.cpu_seconds.push_back(cost.cpu_seconds);
    row.first_packet_ms.push_back(
        1e3 * seconds_to_first_packet(with_files(row.variant.printing, options.input, out)));
  }
}

}  // namespace

std::vector<Variant> variants_of(const Rung& rung) {
  const Words out = output_words(rung.writes_nothing);
  std::vector<Words> piped = piped_ffmpeg(rung.options, out);
  const std::string piped_name = piped.size() == 3 ? "ffmpeg|ffmpeg|ffmpeg" : "ffmpeg|ffmpeg";
  return {
      {"ffmpeg", {by_ffmpeg(rung, out)}, {by_ffmpeg(rung, kPrinted)}, true},
      {"latham shm", {by_latham(rung, "shm", out)}, {by_latham(rung, "shm", kPrinted)}, true},
      {"latham pipe", {by_latham(rung, "pipe", out)}, {by_latham(rung, "pipe", kPrinted)}, true},
      // Raw frames in NUT lose colour tags and the like, so its packets may differ.
      {piped_name, std::move(piped), piped_ffmpeg(rung.options, kPrinted), false}};
}

std::vector<double> TranscodeRow::fps() const {
  std::vector<double> values;
  for (const double s : seconds) values.push_back(static_cast<double>(frames) / s);
  return values;
}

Equality compare(const TranscodeRow& row, const TranscodeRow& ffmpeg) {
  if (row.packets.empty()) return Equality::not_written;
  const std::set<std::string> right(ffmpeg.packets.begin(), ffmpeg.packets.end());
  const bool is_equal = std::all_of(row.packets.begin(), row.packets.end(),
                                    [&](const std::string& made) { return right.contains(made); });
  if (is_equal) return Equality::equal;
  return right.size() > 1 ? Equality::not_reproducible : Equality::differs;
}

const TranscodeRow& ffmpeg_of(const std::vector<TranscodeRow>& rows, const TranscodeRow& row) {
  return *std::find_if(rows.begin(), rows.end(), [&](const TranscodeRow& other) {
    return other.rung == row.rung && other.variant.name == "ffmpeg";
  });
}

std::vector<TranscodeRow> measure_transcode(const TranscodeOptions& options) {
  const WorkFolder folder;
  const std::string out = folder.file("out.mkv");
  std::vector<TranscodeRow> rows;
  for (const Rung& rung : options.rungs) {
    for (Variant& variant : variants_of(rung)) {
      rows.emplace_back();
      rows.back().rung = rung.name;
      rows.back().variant = std::move(variant);
    }
    for (int round = 0; round <= options.rounds; ++round)
      run_round(rows, options, rung, out, round == 0);
  }
  return rows;
}

bool has_mismatch(const std::vector<TranscodeRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const TranscodeRow& row) {
    return row.variant.is_equal_expected && compare(row, ffmpeg_of(rows, row)) == Equality::differs;
  });
}

}  // namespace latham::bench
