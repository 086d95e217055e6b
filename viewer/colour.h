// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

namespace latham::viewer {

/// How the code values of a frame become RGB.
struct Colour {
  AVColorSpace matrix = AVCOL_SPC_BT709;
  bool full_range = false;
  bool matrix_guessed = false;  ///< The frame does not say.
  bool range_guessed = false;
  /// "bt709 tv", with '?' after what was guessed.
  [[nodiscard]] std::string text() const;
};

/// As tagged; where the frame does not say: BT.709 from 1280 columns or 577 rows on, else BT.601;
/// limited range but for RGB and the formats that are full by their name (yuvj420p).
[[nodiscard]] Colour colour_of(const AVFrame& frame);

/// The format is RGB of some kind, XYZ or a palette: no matrix applies.
[[nodiscard]] bool is_rgb(AVPixelFormat format);

/// What this viewer can not show right yet, as a phrase for a warning; "" where the colours are
/// right.
[[nodiscard]] std::string shortfall(const AVFrame& frame);

}  // namespace latham::viewer
