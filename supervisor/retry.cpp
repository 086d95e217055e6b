// SPDX-License-Identifier: MIT
#include "supervisor/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <string_view>

namespace latham::supervisor {
namespace {

/// Codecs with threads read ahead, not always equally far.
constexpr std::uint64_t kSamePlace = std::uint64_t{1} << 20;

/// What the input itself may have caused: a crash or a hang of the decoder, but no SIGKILL from elsewhere.
bool may_be_the_inputs(const Crash& crash) {
  return crash.stage == "decoder" && crash.signal != SIGKILL;
}

bool is_near(std::uint64_t a, std::uint64_t b) {
  return std::max(a, b) - std::min(a, b) <= kSamePlace;
}

/// Without what is left of the job and what to do about it.
std::string_view what_happened(const Failure& failure) {
  const std::string_view line = failure.what();
  return line.substr(0, line.find(';'));
}

Failure twice_at_one_place(const Failure& failure, const Standing& standing,
                           const std::string& input) {
  const double seconds = static_cast<double>(standing.time_us.value_or(0)) / 1e6;
  return {
      ExitCode::crashed,
      fmt::format("{}; it is the second time at that place of '{}': near {:.2f} s, before byte {}",
                  failure.what(), input, seconds, standing.input_byte.value_or(0))};
}

}  // namespace

std::optional<std::string> Retries::next_of_stage(const Failure& failure) {
  if (!failure.crash() || done_ == most_) return std::nullopt;
  ++done_;
  return fmt::format("warning: {}; another one goes on in its place (retry {} of {})",
                     what_happened(failure), done_, most_);
}

std::string Retries::next(const Failure& failure, const Standing& standing,
                          const std::string& input) {
  const std::optional<Crash>& crash = failure.crash();
  if (!crash || !standing.repeatable) throw failure;
  if (may_be_the_inputs(*crash) && standing.input_byte) {
    if (last_byte_ && is_near(*last_byte_, *standing.input_byte))
      throw twice_at_one_place(failure, standing, input);
    last_byte_ = standing.input_byte;
  }
  if (done_ == most_) throw failure;
  ++done_;
  return fmt::format("warning: {}; the job begins again (retry {} of {})", what_happened(failure),
                     done_, most_);
}

}  // namespace latham::supervisor
