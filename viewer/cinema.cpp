// SPDX-License-Identifier: MIT
#include "viewer/cinema.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "viewer/picture.h"

namespace latham::viewer {

float cinema_light(float code) noexcept {
  constexpr float kPeakToWhite = 52.37F / 48;  // ST 428-1, 4.3: room above white for other whites
  return kPeakToWhite * std::pow(std::clamp(code, 0.0F, 1.0F), 2.6F);
}

const AVFrame& CinemaLight::of(const AVFrame& frame, const RgbPlanes& code) {
  if (!light_ || light_->width != code.size.width || light_->height != code.size.height) {
    light_ = media::make_frame();
    light_->format = AV_PIX_FMT_GBRPF32;
    light_->width = code.size.width;
    light_->height = code.size.height;
    if (av_frame_get_buffer(light_.get(), 64) < 0) throw std::bad_alloc();
  }
  // FFmpeg's planar RGB lies as G, B, R.
  constexpr int kPlaneOf[3] = {2, 0, 1};
  for (int part = 0; part < 3; ++part) {
    const int plane = kPlaneOf[part];
    for (int y = 0; y < code.size.height; ++y) {
      const auto* from = code.row<float>(part, y);
      auto* to = reinterpret_cast<float*>(light_->data[plane] + y * light_->linesize[plane]);
      std::transform(from, from + code.size.width, to, cinema_light);
    }
  }
  media::replace_props(*light_, frame);
  light_->colorspace = AVCOL_SPC_RGB;
  light_->color_range = AVCOL_RANGE_JPEG;
  light_->color_trc = AVCOL_TRC_LINEAR;
  return *light_;
}

}  // namespace latham::viewer
