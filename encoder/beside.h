// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "stage/wiring.h"

namespace latham::encoder {

/// What comes from one input beside its frames. It arrives ahead of them: filters and the ring stand
/// between the decoder and the frames. What is ahead of `up_to` (see media::packets_read) waits here, not in the
/// channel, so that the decoder never waits for it.
class Beside {
 public:
  /// `in` must outlive this.
  explicit Beside(stage::PacketsIn& in) : in_(in) {}

  [[nodiscard]] std::size_t input() const noexcept { return in_.input; }
  [[nodiscard]] bool ready(std::int64_t up_to) const;
  /// The next message; `again` where none is there that was given up to `up_to`, else how the channel ended. Throws
  /// std::runtime_error for a message that is none.
  transport::Status next(std::vector<std::byte>& message, std::int64_t up_to);
  /// Takes one message out of the channel, which waits here for its turn; `again` where none is there, else how the
  /// channel ended. Throws as next().
  transport::Status keep();
  [[nodiscard]] bool can_keep() const { return !whole_ && in_.receiver->ready(); }
  [[nodiscard]] std::size_t kept() const noexcept { return waiting_.size(); }
  /// Nothing that was given up to there is still to come, if the decoder keeps its order.
  [[nodiscard]] bool is_past(std::int64_t packets_read) const noexcept {
    return ended_ || (in_.packets_read > packets_read &&
                      (waiting_.empty() || oldest_waiting_ > packets_read));
  }
  void end() noexcept { ended_ = true; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  transport::Status receive(std::vector<std::byte>& message);
  void look_at_waiting();

  stage::PacketsIn& in_;
  std::deque<std::vector<std::byte>> waiting_;
  std::int64_t oldest_waiting_ = INT64_MAX;
  bool whole_ = false;  ///< The sender's end has arrived: the channel may go.
  bool ended_ = false;
};

}  // namespace latham::encoder
