// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media/av.h"

struct AVExpr;

namespace latham::encoder {

/// -force_key_frames: at which pictures the encoder must start anew. ffmpeg's four spellings: times and
/// chapters ("0:05,chapters-0.1"), an expression ("expr:gte(t,n_forced*2)"), the input's own key
/// frames ("source"), these even where one was dropped ("source_no_drop").
class ForcedKeys {
 public:
  /// Throws StageFailure(usage) for what cannot be read; empty: none.
  explicit ForcedKeys(const std::string& given);

  /// Once the encoder's ticks are known. `chapter_starts`: of the output, in microseconds.
  void begin(AVRational time_base, const std::vector<std::int64_t>& chapter_starts);

  /// Asked once for each picture that is encoded, in order. `is_key`: it was one in the input.
  /// `repeat`: not the first time that this frame is taken. `pts`: in ticks.
  [[nodiscard]] bool next(std::int64_t pts, bool is_key, bool repeat);
  /// Before next() is asked about a frame's pictures: whether the frame itself is none of them, and was a
  /// key frame.
  void frame(bool dropped_key) noexcept { dropped_key_ = dropped_key; }

 private:
  enum class Kind : std::uint8_t { none, times, expression, source, source_no_drop };
  struct Free {
    void operator()(AVExpr* e) const noexcept;
  };

  void read_times(const std::string& list);
  [[nodiscard]] bool evaluate(double t);

  Kind kind_ = Kind::none;
  std::vector<std::int64_t> times_us_;
  std::vector<std::int64_t> chapter_offsets_us_;  ///< To each chapter's start.
  std::unique_ptr<AVExpr, Free> expression_;
  AVRational time_base_{1, 1};
  std::vector<std::int64_t> due_;  ///< In ticks, rising.
  std::size_t next_due_ = 0;
  std::int64_t first_pts_ = AV_NOPTS_VALUE;
  std::vector<double> values_;  ///< Of the expression's variables.
  bool dropped_key_ = false;
};

}  // namespace latham::encoder
