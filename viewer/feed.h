// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "transport/channel.h"
#include "viewer/pairs.h"

namespace latham::viewer {

/// One edge, as the viewer takes frames from it.
class Feed {
 public:
  explicit Feed(transport::FrameReceiver& in) : in_(in) {}

  /// The next frame (lossless) or the newest (latest), or null where there is none. Throws
  /// StageFailure where the sender breaks the protocol.
  TakenFrame take();
  [[nodiscard]] bool ready() const noexcept { return !ended_ && in_.ready(); }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

 private:
  transport::FrameReceiver& in_;
  std::uint64_t number_ = 0;
  std::uint64_t skipped_ = 0;
  bool ended_ = false;
};

}  // namespace latham::viewer
