// SPDX-License-Identifier: MIT
#include "bench/system_calls.h"

#include <stdlib.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/edge_run.h"
#include "system/error.h"
#include "system/unique_fd.h"

namespace latham::bench {
namespace {

using Words = std::vector<std::string>;

/// How a program is watched; the file for the count follows, then the program.
struct Tracer {
  Words words;
  std::uint64_t frames;  ///< Of the long run, many where watching is cheap.
};

const Tracer kTracers[] = {
    {{"perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-o"}, 540},
    {{"strace", "-f", "-qq", "-c", "-U", "calls,name", "-o"}, 140},
};
constexpr std::uint64_t kShort = 40;

/// A temporary file whose name goes away with it.
class CountFile {
 public:
  CountFile() {
    const UniqueFd fd(::mkstemp(name_.data()));
    if (!fd) throw_errno("make a temporary file");
  }
  CountFile(const CountFile&) = delete;
  CountFile& operator=(const CountFile&) = delete;
  ~CountFile() { ::unlink(name_.c_str()); }

  [[nodiscard]] Words wrapper(const Tracer& tracer) const {
    Words words = tracer.words;
    words.push_back(name_);
    return words;
  }
  [[nodiscard]] double count() const {
    std::stringstream text;
    text << std::ifstream(name_).rdbuf();
    const auto count = count_in(text.str());
    if (!count) throw std::runtime_error("the tracer counted nothing");
    return *count;
  }

 private:
  std::string name_ = "/tmp/latham-bench-XXXXXX";
};

/// System calls of a whole run of so many frames.
SystemCalls calls_of_run(SidePlan plan, const Tracer& tracer, std::uint64_t frames) {
  plan.frames = frames;
  const CountFile producer;
  const CountFile consumer;
  (void)run_edge(plan, {producer.wrapper(tracer), consumer.wrapper(tracer)});
  return {producer.count(), consumer.count()};
}

}  // namespace

std::optional<double> count_in(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_perf = line.find(",raw_syscalls:sys_enter,") != std::string::npos;
    if (!is_perf && !line.ends_with(" total")) continue;
    try {
      return std::stod(line);
    } catch (const std::exception&) {
      return std::nullopt;  // "<not counted>"
    }
  }
  return std::nullopt;
}

std::optional<SystemCalls> count_system_calls(const SidePlan& plan) {
  if (plan.transport == Transport::thread) return std::nullopt;
  for (const Tracer& tracer : kTracers) {
    try {
      const SystemCalls little = calls_of_run(plan, tracer, kShort);
      const SystemCalls much = calls_of_run(plan, tracer, tracer.frames);
      const auto frames = static_cast<double>(tracer.frames - kShort);
      return SystemCalls{(much.producer - little.producer) / frames,
                         (much.consumer - little.consumer) / frames};
    } catch (const std::exception&) {
      // Not there, or not allowed: the next.
    }
  }
  return std::nullopt;
}

}  // namespace latham::bench
