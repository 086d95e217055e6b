// SPDX-License-Identifier: MIT
#include "viewer/pixel_value.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "viewer/colour.h"

namespace latham::viewer {
namespace {

constexpr std::array<std::string_view, 4> kYuv = {"Y", "Cb", "Cr", "A"};
constexpr std::array<std::string_view, 4> kGrey = {"Y", "A", "", ""};
constexpr std::array<std::string_view, 4> kRgb = {"R", "G", "B", "A"};

}  // namespace

std::string code_values(const AVFrame& frame, Point at) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  if (desc == nullptr || at.x < 0 || at.y < 0 || at.x >= frame.width || at.y >= frame.height ||
      (desc->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER)) != 0)
    return "";
  const auto& names = is_rgb(format) ? kRgb : is_grey(format) ? kGrey : kYuv;
  // Of a palette the index would say nothing; its colour is what it stands for.
  const bool palette = (desc->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  const std::uint8_t* data[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  std::string text;
  for (int c = 0; c < (palette ? 3 : desc->nb_components); ++c) {
    const bool is_chroma = !is_rgb(format) && !is_grey(format) && (c == 1 || c == 2);
    std::uint32_t value = 0;
    av_read_image_line2(&value, data, frame.linesize, desc,
                        is_chroma ? at.x >> desc->log2_chroma_w : at.x,
                        is_chroma ? at.y >> desc->log2_chroma_h : at.y, c, 1, palette ? 1 : 0, 4);
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : " ", names[static_cast<std::size_t>(c)], value);
  }
  return text;
}

}  // namespace latham::viewer
