// SPDX-License-Identifier: MIT
#include "bench/preview_bench.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/child_process.h"
#include "system/error.h"
#include "system/unique_fd.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr std::array kWays = {Watching::nobody, Watching::viewer, Watching::stopped_viewer};
constexpr milliseconds kLookAgain{10};
/// From the start of the viewer's process to SIGSTOP: it should have shown pictures before.
constexpr milliseconds kUntilStopped{500};
/// Of a job, until it is measured.
constexpr double kSettledSeconds = 3;
/// And for so long at least.
constexpr double kLeastSeconds = 1;

const char* name_of(Watching watching) {
  switch (watching) {
    case Watching::nobody:
      return "no viewer";
    case Watching::viewer:
      return "viewer";
    case Watching::stopped_viewer:
      return "stopped viewer";
  }
  return "";
}

/// Memory to write to; a pipe that nobody reads would stop the job.
UniqueFd make_buffer() {
  UniqueFd fd(::memfd_create("latham-bench", MFD_CLOEXEC));
  if (!fd) throw_errno("make a buffer");
  return fd;
}

std::string content(const UniqueFd& fd) {
  std::string text;
  std::array<char, 4096> part;
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd.get(), part.data(), part.size(), at);
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

std::optional<pid_t> viewer_of(pid_t job) {
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", job));
  for (pid_t child = 0; children >> child;) {
    std::string name;
    std::getline(std::ifstream(fmt::format("/proc/{}/comm", child)) >> std::ws, name);
    if (name == "latham-viewer") return child;
  }
  return std::nullopt;
}

void stop_viewer_of(const ChildProcess& job) {
  std::optional<pid_t> viewer;
  while (!viewer && !job.has_ended()) {
    std::this_thread::sleep_for(kLookAgain);
    viewer = viewer_of(job.pid());
  }
  std::this_thread::sleep_for(kUntilStopped);
  if (viewer && !job.has_ended()) ::kill(*viewer, SIGSTOP);
}

struct Run {
  double elapsed_s = 0;
  double fps = 0;
  std::string hash;
};

/// How far a job was at some moment, by its own log.
struct Mark {
  double elapsed_s = 0;
  double frames = 0;
};

/// From the job's log: from the first mark after it has settled to the last one.
void read_log(const std::string& log, Run& run) {
  std::optional<Mark> first;
  Mark last;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    // A viewer that does not open is only a warning to the job.
    if (line.find("goes on without it") != std::string::npos)
      throw std::runtime_error(fmt::format("the job says: {}", line));
    const Json said = Json::parse(line, nullptr, false);
    if (said.is_discarded() || said.value("type", "") != "progress") continue;
    last = {said.at("elapsed_s").get<double>(), said.at("frames").get<double>()};
    if (!first && last.elapsed_s >= kSettledSeconds) first = last;
  }
  run.elapsed_s = last.elapsed_s;
  if (first && last.elapsed_s - first->elapsed_s >= kLeastSeconds)
    run.fps = (last.frames - first->frames) / (last.elapsed_s - first->elapsed_s);
}

Run run_once(const PreviewOptions& options, Watching watching, int loops) {
  Command command;
  command.argv = {
      own_folder() + "/latham", "transcode", "--log-format", "json", "-loglevel", "info"};
  if (watching != Watching::nobody) command.argv.emplace_back("--view");
  command.argv.insert(command.argv.end(), {"-stream_loop", fmt::format("{}", loops), "-i",
                                           options.input, "-an", "-sn", "-dn"});
  command.argv.insert(command.argv.end(), options.options.begin(), options.options.end());
  command.argv.insert(command.argv.end(), {"-f", "md5", "-"});
  const UniqueFd out = make_buffer();
  const UniqueFd err = make_buffer();
  command.out = out.get();
  command.err = err.get();
  ChildProcess job(command);
  if (watching == Watching::stopped_viewer) stop_viewer_of(job);
  if (const ChildEnd end = job.wait(); !end.is_done())
    throw std::runtime_error(fmt::format("'{}' ended with {}: {}", fmt::join(command.argv, " "),
                                         end.text(), content(err)));
  Run run;
  run.hash = content(out);
  read_log(content(err), run);
  return run;
}

/// So often must the input begin again for a job of that length. A short job is mostly its own start,
/// so that a guess from it falls short: more than one is needed.
int loops_for(const PreviewOptions& options) {
  constexpr int kGuesses = 4;
  constexpr double kMostLoops = 1e6;
  constexpr double kMargin = 1.05;
  const double wanted = std::max(options.seconds, kSettledSeconds + kLeastSeconds);
  int loops = 0;
  for (int guess = 0; guess < kGuesses; ++guess) {
    const double lasts = run_once(options, Watching::nobody, loops).elapsed_s;
    if (lasts >= wanted) break;
    const double times = (loops + 1) * kMargin * wanted / std::max(lasts, 0.01);
    loops = static_cast<int>(std::clamp(std::ceil(times) - 1, 0.0, kMostLoops));
  }
  return loops;
}

}  // namespace

std::vector<PreviewRow> measure_preview(const PreviewOptions& options) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr)
    throw std::runtime_error("preview: there is no display; set DISPLAY, or run it under xvfb-run");
  std::vector<PreviewRow> rows;
  for (const Watching way : kWays) rows.push_back({way, {}, {}});
  const int loops = loops_for(options);
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      // Each way comes first, second and third, so that none has a place of its own in the noise.
      PreviewRow& row = rows[(static_cast<std::size_t>(round) + i) % rows.size()];
      Run run = run_once(options, row.watching, loops);
      if (run.fps <= 0)
        throw std::runtime_error(fmt::format(
            "a job of {:.1f} s is too short to measure: give a larger --seconds", run.elapsed_s));
      row.fps.push_back(run.fps);
      row.hashes.push_back(std::move(run.hash));
    }
  }
  return rows;
}

bool has_mismatch(const std::vector<PreviewRow>& rows) {
  for (const PreviewRow& row : rows)
    for (const std::string& hash : row.hashes)
      if (hash != rows.front().hashes.front()) return true;
  return false;
}

Table preview_table(const std::vector<PreviewRow>& rows) {
  Table table{"A job that is watched", {"", "fps", "to no viewer"}, {}, {}};
  for (const PreviewRow& row : rows) {
    const Summary fps = summarize(row.fps);
    table.rows.push_back(
        {fmt::format("{}{}", name_of(row.watching), fps.spread > kNoisyPercent ? " !" : ""),
         with_spread(fps), with_spread(ratio(row.fps, rows.front().fps))});
  }
  table.notes.emplace_back(has_mismatch(rows) ? "what was encoded DIFFERS between runs"
                                              : "what was encoded is the same in all runs");
  return table;
}

Json preview_json(const std::vector<PreviewRow>& rows) {
  Json document{{"benchmark", "preview"}, {"rows", Json::array()}};
  for (const PreviewRow& row : rows) {
    const Summary to_none = ratio(row.fps, rows.front().fps);
    document["rows"].push_back({{"watching", name_of(row.watching)},
                                {"fps", row.fps},
                                {"hashes", row.hashes},
                                {"fps_median", or_null(summarize(row.fps).median)},
                                {"to_no_viewer", or_null(to_none.median)}});
  }
  document["same_output"] = !has_mismatch(rows);
  return document;
}

}  // namespace latham::bench
