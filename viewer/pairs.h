// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>

#include "media/av.h"
#include "media/frame_meta.h"

namespace latham::viewer {

/// A frame that was taken from an edge; it stays in its slot while this lives.
struct Taken {
  media::Frame frame;
  media::StreamNote note;
  std::uint64_t number = 0;  ///< On its edge.
  std::int64_t time_us = AV_NOPTS_VALUE;
};
using TakenFrame = std::shared_ptr<const Taken>;

struct Pair {
  TakenFrame output;
  TakenFrame source;     ///< Null while there is none.
  bool matched = false;  ///< Both show the same moment.
};

/// Finds the source of an output. The decoder is some frames ahead of the filter, and of both edges
/// only the newest frames can be seen: so a few source frames are kept, and their outputs awaited.
/// Where none comes in time (the filter changes timestamps, the job holds still) the nearest is as
/// good as can be had, and says so.
class Pairs {
 public:
  using Clock = std::chrono::steady_clock;

  /// Whether a source frame of now should be added.
  [[nodiscard]] bool wants_source(Clock::time_point now) const noexcept {
    return sources_.size() < kMostSources && now - added_at_ >= kSourceEvery;
  }
  void add_source(TakenFrame source, Clock::time_point now);
  /// Whether the pair to be shown is another one now. Nobody should draw otherwise: while the viewer
  /// is busy, the outputs that it waits for go by.
  bool add_output(TakenFrame output, Clock::time_point now);
  /// What should be shown.
  [[nodiscard]] const Pair& pair() const noexcept { return pair_; }
  void clear();

 private:
  /// A consumer may hold eight frames; two more are on the screen and on their way.
  static constexpr std::size_t kMostSources = 5;
  /// So that not all of them are of the moment in which the viewer draws.
  static constexpr std::chrono::milliseconds kSourceEvery{30};

  std::deque<TakenFrame> sources_;  ///< In the order of time.
  Pair pair_;
  Clock::time_point added_at_{};
  Clock::time_point matched_at_{};  ///< Or when the search began.
};

}  // namespace latham::viewer
