// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/filter_parts.h"
#include "media/time_window.h"

namespace latham::encoder {

struct AudioGraphRequest {
  std::string description = "anull";  ///< -af
  std::string formats;                ///< What the encoder takes, as aformat's options; empty: any.
  media::TimeWindow input;            ///< Of the input's -ss and -t.
  media::TimeWindow output;           ///< Of the output's.
};

/// The graph that ffmpeg builds around -af: cut to the input's window, the user's filters, what the
/// encoder takes, cut to the output's window. Cuts are exact to the sample.
class AudioGraph {
 public:
  /// Throws StageFailure(usage) where the description does not parse.
  explicit AudioGraph(AudioGraphRequest request);

  /// Whether the graph was built for sound of this rate, format and layout.
  [[nodiscard]] bool fits(const AVFrame& frame) const;
  /// Builds it (anew) for such sound. What an old graph kept and did not give out is lost, as with ffmpeg;
  /// the new one gives the same format.
  void build(const AVFrame& frame);
  [[nodiscard]] bool built() const noexcept { return graph_ != nullptr; }
  /// The filter that frames come out of, once built; ask av_buffersink_get_...
  [[nodiscard]] AVFilterContext& sink() const noexcept { return *sink_; }
  /// Every filter only passes samples on, or leaves some out.
  [[nodiscard]] bool changes_no_samples() const;

  /// One frame in, or the end of the stream (nullptr). Returns FFmpeg's code; frames after the end of
  /// the window are taken and dropped.
  [[nodiscard]] int push(AVFrame* frame);
  /// The next frame out: a code of at least 0, AVERROR(EAGAIN) for none yet, AVERROR_EOF at the end.
  [[nodiscard]] int pull(AVFrame& frame);

 private:
  AudioGraphRequest request_;
  media::Graph graph_;
  AVFilterContext* source_ = nullptr;
  AVFilterContext* sink_ = nullptr;
  media::Frame shape_;  ///< Rate, format and layout that the graph was built for.
};

}  // namespace latham::encoder
