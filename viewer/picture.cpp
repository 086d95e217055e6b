// SPDX-License-Identifier: MIT
#include "viewer/picture.h"

#include <fmt/format.h>

#include <stdexcept>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace latham::viewer {
namespace {

/// Without these libswscale takes its fast ways, which are off by several code values and take one
/// chroma sample for two columns.
constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

/// Where the first chroma sample lies, in 256ths of a luma sample; libswscale's own default for
/// what is not said is between the columns, while MPEG-2 and all after it mean the left one.
struct ChromaAt {
  int x;
  int y;
};
ChromaAt chroma_at(AVChromaLocation siting) {
  switch (siting) {
    case AVCHROMA_LOC_CENTER:
      return {128, 128};
    case AVCHROMA_LOC_TOPLEFT:
      return {0, 0};
    case AVCHROMA_LOC_TOP:
      return {128, 0};
    case AVCHROMA_LOC_BOTTOMLEFT:
      return {0, 256};
    case AVCHROMA_LOC_BOTTOM:
      return {128, 256};
    default:
      return {0, 128};
  }
}

}  // namespace

Converter::~Converter() {
  sws_freeContext(context_);
}

void Converter::prepare(const AVFrame& frame, const Colour& colour, Size size) {
  const Kind kind{frame.format,  {frame.width, frame.height}, size,
                  colour.matrix, colour.full_range,           frame.chroma_location};
  if (context_ != nullptr && kind == kind_) return;
  sws_freeContext(context_);
  context_ = sws_alloc_context();
  if (context_ == nullptr) throw std::bad_alloc();

  const auto set = [&](const char* name, std::int64_t value) {
    av_opt_set_int(context_, name, value, 0);
  };
  set("srcw", frame.width);
  set("srch", frame.height);
  set("src_format", frame.format);
  set("dstw", size.width);
  set("dsth", size.height);
  set("dst_format", format_);
  set("sws_flags", kFlags);
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (desc != nullptr && !is_rgb(static_cast<AVPixelFormat>(frame.format))) {
    const ChromaAt at = chroma_at(frame.chroma_location);
    if (desc->log2_chroma_w == 1) set("src_h_chr_pos", at.x);
    if (desc->log2_chroma_h == 1) set("src_v_chr_pos", at.y);
  }
  const int* to_rgb = sws_getCoefficients(colour.matrix);
  const int neutral = 1 << 16;
  // Before init for what it chooses there, and after it for the tables: 5.1 wants both.
  (void)sws_setColorspaceDetails(context_, to_rgb, colour.full_range ? 1 : 0,
                                 sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, neutral, neutral);
  if (sws_init_context(context_, nullptr, nullptr) < 0) {
    sws_freeContext(context_);
    context_ = nullptr;
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw std::runtime_error(fmt::format("show {}x{} {} frames: FFmpeg can not make RGB of them",
                                         frame.width, frame.height,
                                         name != nullptr ? name : "unknown"));
  }
  (void)sws_setColorspaceDetails(context_, to_rgb, colour.full_range ? 1 : 0,
                                 sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, neutral, neutral);
  kind_ = kind;
}

void Converter::convert(const AVFrame& frame, Size size, Picture& out) {
  prepare(frame, colour_of(frame), size);
  // FFmpeg writes whole vectors at the ends of rows.
  constexpr int kAlign = 64;
  int strides[4] = {};
  if (av_image_fill_linesizes(strides, format_, size.width) < 0)
    throw std::runtime_error(fmt::format("a picture {} pixels wide is too large", size.width));
  out.size = size;
  out.stride = (strides[0] + kAlign - 1) / kAlign * kAlign;
  out.pixels.resize(static_cast<std::size_t>(out.stride) * static_cast<std::size_t>(size.height) +
                    kAlign);
  std::uint8_t* const data[4] = {out.pixels.data(), nullptr, nullptr, nullptr};
  const int to[4] = {out.stride, 0, 0, 0};
  if (sws_scale(context_, frame.data, frame.linesize, 0, frame.height, data, to) < 0)
    throw std::runtime_error("turn a frame into RGB: FFmpeg refused");
}

}  // namespace latham::viewer
