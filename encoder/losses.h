// SPDX-License-Identifier: MIT
#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "media/av.h"

namespace latham::encoder {

/// What comes with the frames and does not reach the output, because neither the encoder nor the
/// container takes it. Each kind is named once.
///
/// Not named: what was applied to the picture (display matrix), what serves the decoder's own use
/// (motion vectors, quantisers), notes of the encoder before, and pan-scan rectangles.
class Losses {
 public:
  Losses(const AVCodec& codec, const AVOutputFormat& container)
      : codec_(codec), container_(container) {}

  /// Sentences about what `frame` brings and loses and no frame before it did; mostly none.
  [[nodiscard]] std::vector<std::string> of(const AVFrame& frame);

 private:
  [[nodiscard]] std::string judge(AVFrameSideDataType type);

  const AVCodec& codec_;
  const AVOutputFormat& container_;
  std::bitset<64> seen_;  ///< By AVFrameSideDataType.
  std::vector<std::string> named_;
};

}  // namespace latham::encoder
