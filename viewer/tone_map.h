// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "media/av.h"

namespace latham::viewer {

/// What SDR white is in HDR light, by ITU-R BT.2408.
inline constexpr double kWhiteNits = 203;

/// Brings HDR light into what a screen of the usual kind can show: the curve of ITU-R BT.2390,
/// applied to the largest of a pixel's three parts, so that its hue stays. Black and the dark parts
/// stay as they are; what lies at the peak becomes white.
class ToneMap {
 public:
  /// `peak_nits`: of the brightest pixel that the stream says it holds.
  explicit ToneMap(double peak_nits);

  /// Linear light, 1 is kWhiteNits, to 8 bit code values of the screen, in place order R, G, B.
  void map(float& r, float& g, float& b) const noexcept;
  /// Code value of light between 0 and 1.
  [[nodiscard]] std::uint8_t code(float light) const noexcept;
  /// What it was made for.
  [[nodiscard]] double asked_nits() const noexcept { return asked_nits_; }

 private:
  double asked_nits_;
  double peak_nits_;
  float peak_;
  std::vector<float> gain_;          ///< By the fourth root of the light, which spreads the dark.
  std::vector<std::uint8_t> codes_;  ///< By its square root.
};

/// Of the frame: its content light level, else its mastering display, else 1000.
[[nodiscard]] double peak_nits_of(const AVFrame& frame);

}  // namespace latham::viewer
