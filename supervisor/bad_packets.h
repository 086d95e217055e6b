// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ringbuf/input_position.h"

namespace latham::supervisor {

/// A packet that its decoder died of, and that others leave out.
struct SkippedPacket {
  std::string input;
  ringbuf::InputPosition at;
};

/// "packet 120 of 'in.mp4' (stream 0, 2.280 s, bytes 81231 to 83112)"
[[nodiscard]] std::string describe(const SkippedPacket& packet);

/// What is known of the packets that decoders died of, over all tries of a job: whether it was the second time at
/// one place, and with --skip-bad which packets their successors leave out. Such a packet is found in two deaths: one that
/// says where about, since codecs with threads take packets ahead, and one with a single thread, that says which.
/// docs/decisions/0024-skip-bad.md.
class BadPackets {
 public:
  explicit BadPackets(bool skips) : skips_(skips) {}

  enum class Finding : std::uint8_t {
    first,    ///< Nothing of the kind happened there before.
    again,    ///< It is the second time there, and nothing may be left out.
    suspect,  ///< With --skip-bad: the next decoder shows which packet it is.
    found,    ///< With --skip-bad: the next decoder leaves it out, skipped() has it.
  };
  /// The decoder of `input`, named so by the user, died at this packet, and nobody killed it.
  [[nodiscard]] Finding died_at(std::size_t input, const std::string& name,
                                const ringbuf::InputPosition& at);

  /// What the next decoder of that input is told beside its options.
  [[nodiscard]] std::vector<std::string> options(std::size_t input) const;
  [[nodiscard]] const std::vector<SkippedPacket>& skipped() const noexcept { return skipped_; }

 private:
  struct State {
    std::optional<std::uint64_t> last;  ///< The packet of the last death.
    bool searching = false;             ///< The decoder at work has one thread.
    std::string left_out;               ///< Numbers, comma-separated.
  };
  bool skips_;
  std::map<std::size_t, State> states_;
  std::vector<SkippedPacket> skipped_;
  std::uint32_t suspected_ = 0;
};

}  // namespace latham::supervisor
