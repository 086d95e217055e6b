// SPDX-License-Identifier: MIT
#include "viewer/orientation.h"

#include <cstdlib>
#include <cstring>

namespace latham::viewer {

Orientation orientation_of(const AVFrame& frame, const media::StreamNote& note) {
  std::int32_t matrix[9] = {};
  const AVFrameSideData* own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (own != nullptr && own->size >= sizeof(matrix))
    std::memcpy(matrix, own->data, sizeof(matrix));
  else if (note.has_display_matrix)
    std::memcpy(matrix, note.display_matrix, sizeof(matrix));
  else
    return {};
  // x' = a x + c y, y' = b x + d y, with y downwards.
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) return {false, a < 0, d < 0};
  return {true, c < 0, b < 0};
}

}  // namespace latham::viewer
