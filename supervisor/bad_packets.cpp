// SPDX-License-Identifier: MIT
#include "supervisor/bad_packets.h"

#include <fmt/format.h>

#include <algorithm>

namespace latham::supervisor {
namespace {

/// Codecs with threads take packets ahead of the one that ends them, FFmpeg's 16 at most by themselves; those of
/// other streams lie between.
constexpr std::uint64_t kSamePlace = 64;
/// Of a job. Each death costs a decoder that begins anew.
constexpr std::uint32_t kMostSuspects = 100;

/// Before the first packet is a place of its own.
bool is_near(std::uint64_t a, std::uint64_t b) {
  return (a == 0) == (b == 0) && std::max(a, b) - std::min(a, b) <= kSamePlace;
}

}  // namespace

std::string describe(const SkippedPacket& packet) {
  const ringbuf::InputPosition& at = packet.at;
  if (at.packet == 0) return fmt::format("the beginning of '{}'", packet.input);
  if (at.stream < 0) return fmt::format("the end of '{}'", packet.input);
  std::string where = fmt::format("stream {}", at.stream);
  if (at.time_us != ringbuf::InputPosition::kUnknown)
    where += fmt::format(", {:.3f} s", static_cast<double>(at.time_us) / 1e6);
  if (at.byte >= 0 && at.bytes >= 0 && at.byte <= INT64_MAX - at.bytes)
    where += fmt::format(", bytes {} to {}", at.byte, at.byte + at.bytes);
  return fmt::format("packet {} of '{}' ({})", at.packet, packet.input, where);
}

BadPackets::Finding BadPackets::died_at(std::size_t input, const std::string& name,
                                        const ringbuf::InputPosition& at) {
  State& state = states_[input];
  const bool again = state.last && is_near(*state.last, at.packet);
  state.last = at.packet;
  // Nothing can be left out before the first packet.
  if (!skips_ || at.packet == 0) return again ? Finding::again : Finding::first;
  if (again && state.searching) {
    state.searching = false;
    state.last.reset();
    state.left_out += fmt::format("{}{}", state.left_out.empty() ? "" : ",", at.packet);
    skipped_.push_back({name, at});
    return Finding::found;
  }
  state.searching = suspected_ < kMostSuspects;
  if (!state.searching) return again ? Finding::again : Finding::first;
  ++suspected_;
  return Finding::suspect;
}

std::vector<std::string> BadPackets::options(std::size_t input) const {
  std::vector<std::string> options;
  const auto state = states_.find(input);
  if (state == states_.end()) return options;
  // The last one counts: the user's own may stand before.
  if (state->second.searching) options.insert(options.end(), {"-threads", "1"});
  if (!state->second.left_out.empty())
    options.insert(options.end(), {"--skip-packets", state->second.left_out});
  return options;
}

}  // namespace latham::supervisor
