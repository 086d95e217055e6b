// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "media/av.h"
#include "media/frame_meta.h"

namespace latham::media {

struct FilterRequest {
  std::string description = "null";  ///< ffmpeg's -vf spelling.
  std::string pixel_formats;         ///< What the encoder takes: names joined by '|'; empty: any.
  std::string colours;               ///< What the encoder takes of them; see encoder_colours().
  int width = 0;                     ///< Wanted output size (-s); 0: whatever comes out.
  int height = 0;
  std::string threads;    ///< Of the graph; empty: FFmpeg decides.
  std::string sws_flags;  ///< -sws_flags, of scalers that have none of their own; empty: bicubic.
};

/// One libavfilter graph as ffmpeg builds it around -vf: upright according to the display matrix, the
/// user's filters, then the encoder's size and pixel format. Built from the first real frame; built
/// anew when size, format or display matrix change, and then scaled to the first output size.
///
/// On such a change ffmpeg 5.1 lets go of what the old graph still kept, and so do we: the output is
/// packet for packet the same (docs/decisions/0004-graph-rebuild.md).
class FilterGraph {
 public:
  /// Gets each filtered frame, which it may move from.
  using Output = std::function<void(AVFrame&, const StreamNote&)>;

  /// `what` names the process in errors ("filter"). The description is parsed at once: a graph
  /// that does not parse throws StageFailure(usage).
  explicit FilterGraph(FilterRequest request);

  /// Whether this frame makes it build, for the first time or anew.
  [[nodiscard]] bool must_build(const AVFrame& frame, const StreamNote& note) const;
  /// Filters one frame (moved from). Throws StageFailure where the graph cannot be built or fails.
  void push(AVFrame& frame, const StreamNote& note, const Output& output);
  /// The stream ended: what the filters kept comes out.
  void finish(const Output& output);

  /// How often it was built anew, the first time not counted.
  [[nodiscard]] int rebuilds() const noexcept { return std::max(builds_ - 1, 0); }
  /// Frames that old graphs would still have given. A graph that would go on for ever (loop=-1) counts
  /// for kMostCounted.
  [[nodiscard]] std::int64_t dropped() const noexcept { return dropped_; }
  static constexpr std::int64_t kMostCounted = 10'000;

 private:
  void build(const AVFrame& frame, const StreamNote& note);
  void pull(const Output& output);
  void close();
  void drop_rest();

  FilterRequest request_;
  Graph graph_;
  AVFilterContext* source_ = nullptr;
  AVFilterContext* sink_ = nullptr;
  StreamNote in_;  ///< Of the newest frame.
  StreamNote out_;
  int format_ = -1;  ///< Of the frames that the graph was built for.
  int width_ = 0;
  int height_ = 0;
  std::int32_t matrix_[9] = {};
  bool has_matrix_ = false;
  int builds_ = 0;
  std::int64_t dropped_ = 0;
};

/// ffmpeg's list of names for a format filter: what `encoder` takes, or empty for anything.
[[nodiscard]] std::string accepted_formats(const AVCodec& encoder);

/// The display matrix by which this picture must be turned: its own, else its stream's; null for none.
[[nodiscard]] const std::int32_t* display_matrix_of(const AVFrame& frame, const StreamNote& note);

/// The filters that turn a picture with this display matrix upright, in -vf spelling; empty for none.
[[nodiscard]] std::string upright_filters(const std::int32_t* matrix);

}  // namespace latham::media
