// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "encoder/beside.h"
#include "encoder/in_step.h"
#include "encoder/video_track.h"

namespace latham::encoder {

/// What is taken out of step, for outputs that share our inputs and take them in an order of their own. A decoder waits
/// for all of its encoders: the input that InStep makes us hold back may be the one that another encoder lacks,
/// while it holds back the one that we lack, and nobody would move. So who lacks an input says so, and the others
/// take of it ahead of its turn, and keep that until then. See docs/decisions/0029-ahead-of-turn.md.
class Ahead {
 public:
  using Clock = std::chrono::steady_clock;
  /// As long as a stage sleeps at most. Shorter waits have other reasons.
  static constexpr std::chrono::milliseconds kPatience{100};

  /// All must outlive this.
  Ahead(const InStep& in_step, std::size_t inputs, std::deque<Beside>& beside,
        std::deque<VideoTrack>& video)
      : in_step_(in_step), allowed_(inputs), beside_(beside), video_(video) {}

  /// Something was taken in its turn.
  void went_on(Clock::time_point now) noexcept { dry_since_ = now; }
  /// An input for which we have waited too long, to be told to the others: one of them each time that it was too long.
  [[nodiscard]] std::optional<std::size_t> lacking(Clock::time_point now);

  /// Another output lacks this input: as much again as is kept of it may be taken. So what is kept stays below twice
  /// of what is needed, and a source without end does not fill the memory. A number that is no input's is ignored.
  void wanted(std::int64_t input);
  /// Takes what may be taken and is there. Throws StageFailure where a channel is broken.
  void take();
  /// take() would take something.
  [[nodiscard]] bool has_news() const;

 private:
  [[nodiscard]] bool may_take(std::size_t input) const {
    return allowed_.at(input) > 0 && !in_step_.may_take(input);
  }

  const InStep& in_step_;
  std::vector<std::size_t> allowed_;  ///< By input: frames and messages.
  std::deque<Beside>& beside_;
  std::deque<VideoTrack>& video_;
  Clock::time_point dry_since_ = Clock::now();
  std::size_t next_ = 0;  ///< The input that is told of first.
};

}  // namespace latham::encoder
