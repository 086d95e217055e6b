// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

namespace latham::viewer {

/// What the code values of a frame mean.
struct Colour {
  AVColorSpace matrix = AVCOL_SPC_BT709;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  bool full_range = false;
  bool matrix_guessed = false;  ///< The frame does not say.
  bool range_guessed = false;
  bool operator==(const Colour&) const = default;

  /// Light above white, which a screen of the usual kind cannot show: PQ or HLG.
  [[nodiscard]] bool is_hdr() const noexcept {
    return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
  }
  /// The frame says which primaries it has, and they are not those of the usual screen. Where it
  /// does not say, they are taken for the screen's.
  [[nodiscard]] bool has_other_primaries() const noexcept;
  /// Code values that a screen of the usual kind would show far too dark or too pale. Those of all
  /// other standards are made for such a screen: they are shown as they are, and as ffmpeg shows them
  /// (gamma28 too, which old PAL streams say and do not mean).
  [[nodiscard]] bool has_other_curve() const noexcept {
    return transfer == AVCOL_TRC_LINEAR || transfer == AVCOL_TRC_LOG ||
           transfer == AVCOL_TRC_LOG_SQRT || is_cinema();
  }
  /// Digital cinema's power of 2.6, for a dark room.
  [[nodiscard]] bool is_cinema() const noexcept { return transfer == AVCOL_TRC_SMPTE428; }
  /// "bt709 tv", with '?' after what was guessed.
  [[nodiscard]] std::string text() const;
};

/// As tagged; where the frame does not say: BT.709 from 1280 columns or 577 rows on, else BT.601;
/// limited range but for RGB, grey and the formats that are full by their name (yuvj420p). XYZ is RGB of
/// the usual kind by the time that FFmpeg has unpacked it, whatever its tags say.
[[nodiscard]] Colour colour_of(const AVFrame& frame);

/// The format is RGB of some kind, XYZ or a palette: no matrix applies.
[[nodiscard]] bool is_rgb(AVPixelFormat format);
/// Luma alone, with or without alpha.
[[nodiscard]] bool is_grey(AVPixelFormat format);

}  // namespace latham::viewer
