// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "encoder/place.h"

namespace latham::encoder {

/// Where -frames ends the output. As with ffmpeg all of its streams end where the first of them has its fill: at the
/// packet of the input that brought the last frame.
class FrameLimit {
 public:
  /// `may_end`: some stream is limited at all.
  explicit FrameLimit(bool may_end) : may_end_(may_end) {}

  /// What is given from now on may come too late.
  [[nodiscard]] bool active() const noexcept { return may_end_; }
  void end_at(const Place& place) {
    if (may_end_ && !end_) end_ = place;
  }
  [[nodiscard]] const std::optional<Place>& end() const noexcept { return end_; }
  /// What was given there belongs into the output, as far as is known.
  [[nodiscard]] bool lets_in(const Place& place) const noexcept {
    return !end_ || (place.input == end_->input && place.packets_read <= end_->packets_read);
  }

 private:
  bool may_end_;
  std::optional<Place> end_;
};

}  // namespace latham::encoder
