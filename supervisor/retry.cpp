// SPDX-License-Identifier: MIT
#include "supervisor/retry.h"

#include <fmt/format.h>

#include <csignal>
#include <string_view>
#include <utility>

namespace latham::supervisor {
namespace {

/// Without what is left of the job and what to do about it.
std::string_view what_happened(const Failure& failure) {
  const std::string_view line = failure.what();
  return line.substr(0, line.find(';'));
}

Failure twice_at_one_place(const Failure& failure, const SkippedPacket& place) {
  const char* remedy = place.at.packet > 0 ? "; --skip-bad goes on after it" : "";
  return {ExitCode::crashed,
          fmt::format("{}; it is the second time at that place of the input: {}{}", failure.what(),
                      describe(place), remedy)};
}

}  // namespace

Retries::Retries(const Job& job) : job_(job), bad_(job.globals.skip_bad) {}

std::optional<std::string> Retries::next(const Failure& failure,
                                         const std::optional<InputDeath>& death,
                                         const char* remedy) {
  if (!failure.crash()) return std::nullopt;
  const std::string_view what = what_happened(failure);
  const bool is_new = std::exchange(judged_, failure.crash()->pid) != failure.crash()->pid;
  // No file sends SIGKILL.
  if (death && is_new && failure.crash()->signal != SIGKILL) {
    const std::string& name = job_.inputs[death->input].name;
    switch (bad_.died_at(death->input, name, death->at)) {
      case BadPackets::Finding::first:
        break;
      case BadPackets::Finding::again:
        throw twice_at_one_place(failure, {name, death->at});
      case BadPackets::Finding::suspect:
        return fmt::format("{}; {}, with one thread, to find the packet", what, remedy);
      case BadPackets::Finding::found:
        return fmt::format("{}; {}, without {}", what, remedy, describe(bad_.skipped().back()));
    }
  }
  if (done_ == job_.globals.stage_retries) return std::nullopt;
  ++done_;
  return fmt::format("{}; {} (retry {} of {})", what, remedy, done_, job_.globals.stage_retries);
}

std::optional<std::string> Retries::next_of_stage(const Failure& failure,
                                                  const std::optional<InputDeath>& death) {
  return next(failure, death, "another one goes on in its place");
}

std::string Retries::next(const Failure& failure, const Standing& standing) {
  if (!standing.repeatable) throw failure;
  const auto text = next(failure, standing.death, "the job begins again");
  if (!text) throw failure;
  return *text;
}

}  // namespace latham::supervisor
