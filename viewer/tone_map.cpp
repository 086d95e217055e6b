// SPDX-License-Identifier: MIT
#include "viewer/tone_map.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace latham::viewer {
namespace {

constexpr double kUsualPeak = 1000;
constexpr double kMostPeak = 10000;
constexpr std::size_t kSteps = 4096;
constexpr double kScreenGamma = 2.2;

/// SMPTE ST 2084, light in cd/m2 to a signal of 0 to 1.
double pq(double nits) {
  constexpr double m1 = 2610.0 / 16384;
  constexpr double m2 = 2523.0 / 32;
  constexpr double c1 = 3424.0 / 4096;
  constexpr double c2 = 2413.0 / 128;
  constexpr double c3 = 2392.0 / 128;
  const double y = std::pow(std::max(nits, 0.0) / kMostPeak, m1);
  return std::pow((c1 + c2 * y) / (1 + c3 * y), m2);
}

double pq_inverse(double signal) {
  constexpr double m1 = 2610.0 / 16384;
  constexpr double m2 = 2523.0 / 32;
  constexpr double c1 = 3424.0 / 4096;
  constexpr double c2 = 2413.0 / 128;
  constexpr double c3 = 2392.0 / 128;
  const double e = std::pow(std::max(signal, 0.0), 1 / m2);
  return kMostPeak * std::pow(std::max(e - c1, 0.0) / (c2 - c3 * e), 1 / m1);
}

/// BT.2390's curve, both sides in cd/m2: straight up to a knee, then a spline to the screen's peak.
double compressed(double nits, double from_peak) {
  const double most = pq(kWhiteNits) / pq(from_peak);
  if (most >= 1) return nits;
  const double knee = 1.5 * most - 0.5;
  const double in = std::min(pq(nits) / pq(from_peak), 1.0);
  double out = in;
  if (in > knee) {
    const double t = (in - knee) / (1 - knee);
    const double t2 = t * t;
    const double t3 = t2 * t;
    out = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * most;
  }
  return pq_inverse(out * pq(from_peak));
}

std::size_t step(float position) {
  return static_cast<std::size_t>(
      std::clamp(position * float{kSteps - 1} + 0.5F, 0.0F, float{kSteps - 1}));
}

}  // namespace

ToneMap::ToneMap(double peak_nits)
    : asked_nits_(peak_nits),
      peak_nits_(std::clamp(peak_nits, kWhiteNits, kMostPeak)),
      peak_(static_cast<float>(peak_nits_ / kWhiteNits)),
      gain_(kSteps),
      codes_(kSteps) {
  for (std::size_t i = 0; i < kSteps; ++i) {
    const double position = static_cast<double>(i) / (kSteps - 1);
    const double nits = std::pow(position, 4) * peak_nits_;
    gain_[i] = i == 0 ? 1.0F : static_cast<float>(compressed(nits, peak_nits_) / nits);
    codes_[i] = static_cast<std::uint8_t>(
        std::lround(255 * std::pow(position * position, 1 / kScreenGamma)));
  }
}

void ToneMap::map(float& r, float& g, float& b) const noexcept {
  const float most = std::max({r, g, b, 0.0F});
  const float gain = gain_[step(std::sqrt(std::sqrt(std::min(most / peak_, 1.0F))))];
  r *= gain;
  g *= gain;
  b *= gain;
}

std::uint8_t ToneMap::code(float light) const noexcept {
  return codes_[step(std::sqrt(std::clamp(light, 0.0F, 1.0F)))];
}

double peak_nits_of(const AVFrame& frame) {
  const auto* light = av_frame_get_side_data(&frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (light != nullptr && light->size >= sizeof(AVContentLightMetadata)) {
    const auto* level = reinterpret_cast<const AVContentLightMetadata*>(light->data);
    if (level->MaxCLL > 0) return level->MaxCLL;
  }
  const auto* mastering = av_frame_get_side_data(&frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (mastering != nullptr && mastering->size >= sizeof(AVMasteringDisplayMetadata)) {
    const auto* display = reinterpret_cast<const AVMasteringDisplayMetadata*>(mastering->data);
    if (display->has_luminance != 0 && display->max_luminance.den > 0 &&
        display->max_luminance.num > 0)
      return av_q2d(display->max_luminance);
  }
  return kUsualPeak;
}

}  // namespace latham::viewer
