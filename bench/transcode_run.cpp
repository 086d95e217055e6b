// SPDX-License-Identifier: MIT
#include "bench/transcode_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/child_process.h"
#include "bench/process_tree.h"
#include "system/pipe.h"
#include "system/unique_fd.h"

namespace latham::bench {
namespace {

constexpr std::chrono::milliseconds kSampleEvery{50};

std::uint64_t watch_to_the_end(const std::vector<ChildProcess>& children) {
  std::vector<pid_t> pids;
  for (const ChildProcess& child : children) pids.push_back(child.pid());
  std::uint64_t peak = 0;
  while (!std::all_of(children.begin(), children.end(),
                      [](const ChildProcess& child) { return child.has_ended(); })) {
    peak = std::max(peak, memory_of(pids));
    std::this_thread::sleep_for(kSampleEvery);
  }
  return peak;
}

}  // namespace

std::vector<ChildProcess> start_all(const std::vector<std::vector<std::string>>& commands,
                                    int out) {
  std::vector<ChildProcess> children;
  UniqueFd from_last;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const bool is_last = i + 1 == commands.size();
    Pipe to_next = is_last ? Pipe() : make_pipe();
    Command command;
    command.argv = commands[i];
    command.in = from_last.get();
    command.out = is_last ? out : to_next.write.get();
    children.emplace_back(command);
    from_last = std::move(to_next.read);
  }
  return children;
}

JobCost run_job(const std::vector<std::vector<std::string>>& commands, bool watch_memory) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::vector<ChildProcess> children = start_all(commands);
  JobCost cost;
  if (watch_memory) cost.peak_bytes = watch_to_the_end(children);
  std::string failure;
  for (std::size_t i = 0; i < children.size(); ++i) {
    const ChildEnd end = children[i].wait();
    cost.cpu_seconds += end.cpu_seconds();
    if (!end.is_done() && failure.empty())
      failure = fmt::format("'{}' ended with {}", fmt::join(commands[i], " "), end.text());
  }
  if (!failure.empty()) throw std::runtime_error(failure);
  cost.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return cost;
}

std::string packets_of(const std::string& file) {
  const std::string text = output_of({"ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map",
                                      "0:v:0", "-c", "copy", "-f", "framemd5", "-"});
  std::istringstream lines(text);
  std::string packets;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') packets += line + "\n";
  return packets;
}

}  // namespace latham::bench
