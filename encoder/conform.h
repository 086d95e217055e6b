// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "media/filter_graph.h"

namespace latham::encoder {

/// Keeps what reaches the codec in one size and format. Frames pass untouched while they are what the
/// first one was; from the first that differs on they go through the graph that ffmpeg would build.
/// A filter process, where there is one, has done this already.
class Conform {
 public:
  /// `accepted`: pixel formats that the codec takes, joined by '|'; empty: any.
  /// `colours`: see media::encoder_colours().
  Conform(std::string accepted, std::string colours)
      : accepted_(std::move(accepted)), colours_(std::move(colours)) {}

  void push(AVFrame& frame, const media::StreamNote& note,
            const media::FilterGraph::Output& output);
  void finish(const media::FilterGraph::Output& output);

  /// Frames written anew by the graph.
  [[nodiscard]] std::int64_t converted() const noexcept { return converted_; }

 private:
  [[nodiscard]] bool takes_limited_only() const;
  [[nodiscard]] bool is_accepted(const AVFrame& frame) const;

  std::string accepted_;
  std::string colours_;
  std::optional<media::FilterGraph> graph_;
  bool seen_any_ = false;
  int format_ = -1;
  int width_ = 0;
  int height_ = 0;
  std::int64_t converted_ = 0;
};

}  // namespace latham::encoder
