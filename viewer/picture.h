// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/av.h"
#include "viewer/colour.h"
#include "viewer/geometry.h"

struct SwsContext;

namespace latham::viewer {

/// A frame as RGB.
struct Picture {
  Size size;
  int stride = 0;                    ///< Bytes.
  std::vector<std::uint8_t> pixels;  ///< As converted to: no padding between rows is promised.
};

/// Makes RGB of any frame. Keeps what it needs between frames of the same kind.
class Converter {
 public:
  /// To `format`: AV_PIX_FMT_RGB32 for the screen, RGB24, RGB48 or their like for a file.
  explicit Converter(AVPixelFormat format) : format_(format) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter();

  /// Scaled to `size` on the way. Throws std::runtime_error where FFmpeg can not do it.
  void convert(const AVFrame& frame, Size size, Picture& out);

 private:
  void prepare(const AVFrame& frame, const Colour& colour, Size size);

  struct Kind {
    int format = -1;
    Size from;
    Size to;
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    bool full_range = false;
    AVChromaLocation siting = AVCHROMA_LOC_UNSPECIFIED;
    bool operator==(const Kind&) const = default;
  };

  AVPixelFormat format_;
  Kind kind_;
  SwsContext* context_ = nullptr;
};

}  // namespace latham::viewer
