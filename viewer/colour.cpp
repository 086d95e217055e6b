// SPDX-License-Identifier: MIT
#include "viewer/colour.h"

#include <fmt/format.h>

namespace latham::viewer {
namespace {

bool is_full_by_name(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
      return true;
    default:
      return false;
  }
}

bool is_xyz(AVPixelFormat format) {
  return format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE;
}

std::string name_of(const char* name) {
  return name != nullptr ? name : "unknown";
}

}  // namespace

bool is_rgb(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  if (desc == nullptr) return false;
  constexpr std::uint64_t kNoMatrix =
      AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM;
  return (desc->flags & kNoMatrix) != 0 || is_xyz(format);
}

bool is_grey(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  return desc != nullptr && desc->nb_components < 3 && !is_rgb(format);
}

Colour colour_of(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  Colour colour;
  if (!is_xyz(format)) {
    colour.transfer = frame.color_trc;
    colour.primaries = frame.color_primaries;
  }
  if (is_rgb(format)) {
    colour.matrix = AVCOL_SPC_RGB;
    colour.full_range = frame.color_range != AVCOL_RANGE_MPEG;
    return colour;
  }
  colour.matrix = frame.colorspace;
  // A YUV format with the identity matrix holds G, B, R only where the format says GBR.
  colour.matrix_guessed = frame.colorspace == AVCOL_SPC_UNSPECIFIED ||
                          frame.colorspace == AVCOL_SPC_RESERVED ||
                          frame.colorspace == AVCOL_SPC_RGB;
  if (colour.matrix_guessed)
    colour.matrix =
        frame.width >= 1280 || frame.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  colour.full_range = is_full_by_name(format) || frame.color_range == AVCOL_RANGE_JPEG ||
                      (is_grey(format) && frame.color_range == AVCOL_RANGE_UNSPECIFIED);
  colour.range_guessed = frame.color_range == AVCOL_RANGE_UNSPECIFIED && !colour.full_range;
  return colour;
}

bool Colour::has_other_primaries() const noexcept {
  switch (primaries) {
    case AVCOL_PRI_RESERVED0:
    case AVCOL_PRI_UNSPECIFIED:
    case AVCOL_PRI_RESERVED:
    case AVCOL_PRI_BT709:
      return false;
    default:
      return true;
  }
}

std::string Colour::text() const {
  std::string all = full_range ? "rgb" : "rgb tv";
  if (matrix != AVCOL_SPC_RGB)
    all = fmt::format("{}{} {}{}", name_of(av_color_space_name(matrix)), matrix_guessed ? "?" : "",
                      full_range ? "pc" : "tv", range_guessed ? "?" : "");
  if (primaries != AVCOL_PRI_UNSPECIFIED)
    all += fmt::format(" primaries {}", name_of(av_color_primaries_name(primaries)));
  if (transfer != AVCOL_TRC_UNSPECIFIED)
    all += fmt::format(" transfer {}", name_of(av_color_transfer_name(transfer)));
  return all;
}

}  // namespace latham::viewer
