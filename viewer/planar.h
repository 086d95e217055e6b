// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"
#include "viewer/geometry.h"

struct SwsContext;

namespace latham::viewer {

/// zimg takes planes of native 8 to 16 bit samples (or floats), one component each, at aligned
/// addresses. Most frames are like that; this brings the others into such a form without touching
/// what their values mean: packed, big-endian, palette, Bayer.
class Planar {
 public:
  Planar() = default;
  Planar(const Planar&) = delete;
  Planar& operator=(const Planar&) = delete;
  ~Planar();

  /// The frame itself, or its planar equal, valid until the next call; its sides are multiples of
  /// what a chroma sample covers, the last column and row once more where they were not. Throws
  /// std::runtime_error where FFmpeg cannot read the format.
  const AVFrame& of(const AVFrame& frame);

 private:
  void unpack(const AVFrame& frame, AVPixelFormat to);
  void read(const AVFrame& frame, AVPixelFormat to);
  void read_uyyvyy411(const AVFrame& frame);
  void copy(const AVFrame& frame);
  void prepare(Size padded, AVPixelFormat to);
  void pad(Size from);

  media::Frame made_;
  SwsContext* context_ = nullptr;
};

/// zimg takes this format as it is.
[[nodiscard]] bool is_planar(AVPixelFormat format);
/// The planar format with the same components, depth and subsampling; RGB of fewer than 8 bits, and
/// of a palette, becomes 8 bits.
[[nodiscard]] AVPixelFormat planar_equal(AVPixelFormat format);

}  // namespace latham::viewer
