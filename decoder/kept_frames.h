// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "media/av.h"

namespace latham::decoder {

/// Keeps the decoded frames that ffmpeg would still hold behind its decoder, so that FFmpeg's buffer
/// pool hands out the same buffers in the same order; see SlotBuffers::shows_old_pictures(). ffmpeg's
/// encoder holds one frame for repetitions, unless a filter writes new pictures; some filters hold
/// several.
class KeptFrames {
 public:
  /// `filter_graph`: the user's -vf, of which the first filter counts that does not pass on what it is given.
  explicit KeptFrames(const std::string& filter_graph);

  /// A frame leaves the decoder; what ffmpeg would let go now is let go.
  void push(const AVFrame& frame, AVRational time_base);

 private:
  void push_fps(media::Frame frame, AVRational time_base);

  std::size_t most_ = 1;
  AVRational fps_{0, 1};  ///< Of a leading fps filter; 0/1 where there is none.
  std::deque<media::Frame> kept_;
  media::Frame waiting_;                ///< fps: not yet known whether it is shown.
  media::Frame shown_;                  ///< fps: the one that the encoder got last.
  std::int64_t next_ = AV_NOPTS_VALUE;  ///< fps: time of its next frame, in its ticks.
};

}  // namespace latham::decoder
