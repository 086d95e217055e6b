// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "media/av.h"
#include "viewer/geometry.h"

namespace latham::viewer {

/// What a PNG holds.
struct PngImage {
  Size size;
  bool deep = false;                  ///< 16 bits a sample, in network order, instead of 8.
  bool alpha = false;                 ///< Red, green, blue, alpha; else without it.
  std::vector<std::uint8_t> bytes{};  ///< Row after row without gaps.
  AVRational sample_aspect{0, 1};
  /// Written into the file (as cICP) where either is said: readers take all else for sRGB.
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
};

/// The bytes of the file. Throws std::runtime_error.
[[nodiscard]] std::string encode_png(PngImage& image);

}  // namespace latham::viewer
