// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace latham::encoder {

/// For -shortest and -frames: takes from several inputs in step, the one that is behind first, so that nothing is
/// written past the end of the first that ends. Within one input streams come as the container has them, and end
/// together.
class InStep {
 public:
  /// `counts`: by input, whether its end is one; sparse streams alone, such as subtitles, end nothing. Without
  /// two that count everything may always be taken.
  explicit InStep(std::vector<bool> counts);

  /// Something of this input at `time_us` was taken.
  void reached(std::size_t input, std::int64_t time_us);
  /// It holds nothing more.
  void ended(std::size_t input);
  [[nodiscard]] bool has_ended(std::size_t input) const { return !inputs_.at(input).open; }
  [[nodiscard]] bool may_take(std::size_t input) const;
  [[nodiscard]] bool active() const noexcept { return active_; }

 private:
  struct Input {
    bool counts = false;
    bool open = true;
    std::int64_t reached_us = INT64_MIN;
  };
  std::vector<Input> inputs_;
  bool active_ = false;
};

}  // namespace latham::encoder
