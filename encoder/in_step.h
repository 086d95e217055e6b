// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace latham::encoder {

/// For -shortest and -frames: takes from several inputs in step, the one that is behind first, so that nothing is
/// written past the end of the first that ends. Within one input streams come as the container has them, and end
/// together.
class InStep {
 public:
  /// `first`: by input, the first stream of the output that it brings and whose end is one; nothing where there is
  /// none, as sparse streams, such as subtitles, end nothing. Of inputs that have come equally far the one
  /// with the earlier stream is next, as in ffmpeg. Without two that count everything may always be taken.
  explicit InStep(const std::vector<std::optional<int>>& first);

  /// Something of this input at `time_us` was taken.
  void reached(std::size_t input, std::int64_t time_us);
  /// It holds nothing more.
  void ended(std::size_t input);
  [[nodiscard]] bool has_ended(std::size_t input) const { return !inputs_.at(input).open; }
  [[nodiscard]] bool may_take(std::size_t input) const;
  [[nodiscard]] bool active() const noexcept { return active_; }

 private:
  struct Input {
    std::optional<int> first;
    bool open = true;
    std::int64_t reached_us = INT64_MIN;
  };
  std::vector<Input> inputs_;
  bool active_ = false;
};

}  // namespace latham::encoder
