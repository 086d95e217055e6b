// SPDX-License-Identifier: MIT
#include "supervisor/resume_plan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>

#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// As the user could write it; one line.
std::string quoted(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.find_first_of(" '\"") == std::string::npos && !text.empty() ? text
                                                                          : "\"" + text + "\"";
}

std::string text_of(const FileOptions& options) {
  std::string text;
  for (const FileOption& option : options) {
    text += fmt::format("{}-{}", text.empty() ? "" : " ", option.name);
    if (option.value) text += " " + quoted(*option.value);
  }
  return text.empty() ? "none" : text;
}

std::string text_of(const Globals& globals) {
  std::string text = fmt::format("segments of {} s", globals.segment_or_default_s());
  if (globals.stop_on_error) text += " -xerror";
  if (globals.keep_timestamps) text += " -copyts";
  if (globals.start_at_zero) text += " -start_at_zero";
  if (!globals.hdr10) text += " --no-hdr10";
  if (globals.skip_bad) text += " --skip-bad";
  return text;
}

/// Encoders cut their pictures among as many threads, and so into other bits.
std::string processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return "unknown";
  return fmt::format("{}", CPU_COUNT(&set));
}

/// Of a file that the decoder opens: a name that is no file has none.
std::optional<std::string> identity_at(const std::string& path) {
  const UniqueFd fd(
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }));
  return fd ? identity_of(fd.get(), false) : std::nullopt;
}

}  // namespace

std::optional<std::string> identity_of(int fd, bool numbered) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  const std::string text =
      fmt::format("{} bytes of {}.{:09}", st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  return numbered ? fmt::format("{}:{} {}", st.st_dev, st.st_ino, text) : text;
}

ResumePlan resume_plan(const Job& job, std::size_t output, std::span<const OpenInput> inputs,
                       const std::string& libraries) {
  ResumePlan plan;
  plan.push_back({"the version", fmt::format("latham {} with {}", LATHAM_VERSION, libraries)});
  for (std::size_t i = 0; i < job.inputs.size(); ++i) {
    const Input& input = job.inputs[i];
    plan.push_back({"an input", quoted(input.name)});
    plan.push_back({fmt::format("the options of '{}'", input.name), text_of(input.options)});
    const auto file =
        inputs[i].fd ? identity_of(inputs[i].fd.get(), false) : identity_at(path_of(input.name));
    plan.push_back({fmt::format("the file '{}'", input.name), file.value_or("none")});
  }
  const Output& out = job.outputs[output];
  plan.push_back({"the output", quoted(out.name)});
  plan.push_back({"the options of the output", text_of(out.options)});
  plan.push_back({"the job's own options", text_of(job.globals)});
  plan.push_back({"the number of processors", has(out.options, "threads") ? "any" : processors()});
  return plan;
}

std::string text_of(const ResumePlan& plan) {
  std::string text;
  for (const Fact& fact : plan) text += fmt::format("{}: {}\n", quoted(fact.name), fact.value);
  return text;
}

std::optional<std::string> difference(const ResumePlan& plan, std::string_view text) {
  for (const Fact& fact : plan) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view was = text.substr(0, end);
    const std::string head = quoted(fact.name) + ": ";
    if (was != head + fact.value) {
      if (!was.starts_with(head)) return fmt::format("{}: another one then", fact.name);
      return fmt::format("{}: then {}, now {}", fact.name, was.substr(head.size()), fact.value);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace latham::supervisor
