// SPDX-License-Identifier: MIT
#include "viewer/planar.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "viewer/colour.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace latham::viewer {
namespace {

/// Of addresses and strides: what zimg's widest instructions load.
constexpr int kAlign = 64;

bool is_aligned(const AVFrame& frame) {
  const int planes = av_pix_fmt_count_planes(static_cast<AVPixelFormat>(frame.format));
  for (int p = 0; p < planes; ++p) {
    // Rows that run upwards are copied too, so that nobody need think of them further on.
    if (frame.linesize[p] < 0 || frame.linesize[p] % kAlign != 0 ||
        reinterpret_cast<std::uintptr_t>(frame.data[p]) % kAlign != 0)
      return false;
  }
  return true;
}

Size padded_size(Size size, AVPixelFormat format) {
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(format);
  const auto up = [](int length, int shift) { return AV_CEIL_RSHIFT(length, shift) << shift; };
  return {up(size.width, desc.log2_chroma_w), up(size.height, desc.log2_chroma_h)};
}

constexpr std::uint64_t kNeverPlanar = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                       AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER;

/// FFmpeg's description of the format says where each sample lies, and it is a whole number of at most 16
/// bits.
bool is_described(AVPixelFormat format) {
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(format);
  return (desc.flags & AV_PIX_FMT_FLAG_FLOAT) == 0 &&
         std::all_of(desc.comp, desc.comp + desc.nb_components,
                     [](const AVComponentDescriptor& comp) { return comp.depth <= 16; });
}

}  // namespace

bool is_planar(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  if (desc == nullptr || (desc->flags & kNeverPlanar) != 0 || desc->nb_components == 2 ||
      format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE)
    return false;
  const int depth = desc->comp[0].depth;
  const bool is_float = (desc->flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
  const bool is_big = (desc->flags & AV_PIX_FMT_FLAG_BE) != 0;
  if (depth < 8 || (is_float ? depth != 32 : depth > 16)) return false;
  if (depth > 8 && is_big != (std::endian::native == std::endian::big)) return false;
  for (int c = 0; c < desc->nb_components; ++c) {
    const AVComponentDescriptor& comp = desc->comp[c];
    if (comp.step != (comp.depth + 7) / 8 || comp.shift != 0 || comp.offset != 0 ||
        comp.depth != depth)
      return false;
  }
  return desc->log2_chroma_w <= 2 && desc->log2_chroma_h <= 2;
}

AVPixelFormat planar_equal(AVPixelFormat format) {
  if (is_planar(format)) return format;
  const AVPixFmtDescriptor* wanted = av_pix_fmt_desc_get(format);
  if (wanted == nullptr) return AV_PIX_FMT_NONE;
  const bool rgb = is_rgb(format) || (wanted->flags & AV_PIX_FMT_FLAG_BAYER) != 0;
  const int components = is_grey(format) ? 1 : 3;
  int depth = 0;
  for (int c = 0; c < wanted->nb_components; ++c) depth = std::max(depth, wanted->comp[c].depth);
  depth = std::clamp(depth, 8, 16);
  const AVPixFmtDescriptor* best = nullptr;
  for (const AVPixFmtDescriptor* desc = av_pix_fmt_desc_next(nullptr); desc != nullptr;
       desc = av_pix_fmt_desc_next(desc)) {
    const AVPixelFormat id = av_pix_fmt_desc_get_id(desc);
    const int has = desc->comp[0].depth;
    if (!is_planar(id) || desc->nb_components != components || is_rgb(id) != rgb || has < depth ||
        has > 16 || std::string_view(desc->name).starts_with("yuvj"))
      continue;
    if (!rgb && (desc->log2_chroma_w != wanted->log2_chroma_w ||
                 desc->log2_chroma_h != wanted->log2_chroma_h))
      continue;
    if (best == nullptr || has < best->comp[0].depth) best = desc;
  }
  return best == nullptr ? AV_PIX_FMT_NONE : av_pix_fmt_desc_get_id(best);
}

Planar::~Planar() {
  sws_freeContext(context_);
}

const AVFrame& Planar::of(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixelFormat to = planar_equal(format);
  if (to == AV_PIX_FMT_NONE) {
    const char* name = av_get_pix_fmt_name(format);
    throw std::runtime_error(
        fmt::format("pictures of format {} cannot be shown", name != nullptr ? name : "unknown"));
  }
  const Size size{frame.width, frame.height};
  const Size padded = padded_size(size, to);
  if (to == format && padded == size && is_aligned(frame)) return frame;
  prepare(padded, to);
  // FFmpeg's calls go by these.
  made_->width = size.width;
  made_->height = size.height;
  if (to == format)
    copy(frame);
  else if (format == AV_PIX_FMT_UYYVYY411)
    read_uyyvyy411(frame);
  else if (sws_isSupportedInput(format) == 0 && is_described(format))
    read(frame, to);
  else
    unpack(frame, to);
  media::replace_props(*made_, frame);
  pad(size);
  made_->width = padded.width;
  made_->height = padded.height;
  return *made_;
}

void Planar::prepare(Size padded, AVPixelFormat to) {
  if (made_ && made_->format == to && made_->width == padded.width &&
      made_->height == padded.height)
    return;
  made_ = media::make_frame();
  made_->format = to;
  made_->width = padded.width;
  made_->height = padded.height;
  if (av_frame_get_buffer(made_.get(), kAlign) < 0) throw std::bad_alloc();
}

void Planar::pad(Size from) {
  const auto format = static_cast<AVPixelFormat>(made_->format);
  const Size to = padded_size(from, format);
  const auto sample = static_cast<std::size_t>(av_pix_fmt_desc_get(format)->comp[0].step);
  // Chroma covers the padding already.
  for (const int plane : {0, 3}) {
    if (made_->data[plane] == nullptr) continue;
    const auto row = [&](int y) { return made_->data[plane] + y * made_->linesize[plane]; };
    for (int y = 0; y < from.height; ++y) {
      std::uint8_t* const last = row(y) + static_cast<std::size_t>(from.width - 1) * sample;
      for (int x = from.width; x < to.width; ++x)
        std::memcpy(last + static_cast<std::size_t>(x - from.width + 1) * sample, last, sample);
    }
    for (int y = from.height; y < to.height; ++y)
      std::memcpy(row(y), row(from.height - 1), static_cast<std::size_t>(to.width) * sample);
  }
}

void Planar::copy(const AVFrame& frame) {
  if (av_frame_copy(made_.get(), &frame) < 0)
    throw std::runtime_error("copy a picture: FFmpeg refused");
}

/// Sample by sample, for what swscale does not read: slow, and seldom met.
void Planar::read(const AVFrame& frame, AVPixelFormat to) {
  const AVPixFmtDescriptor& from_desc =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const AVPixFmtDescriptor& to_desc = *av_pix_fmt_desc_get(to);
  const std::uint8_t* data[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  std::vector<std::uint32_t> row(static_cast<std::size_t>(frame.width));
  for (int c = 0; c < to_desc.nb_components; ++c) {
    const bool chroma = (c == 1 || c == 2) && !is_rgb(to);
    const int width = chroma ? AV_CEIL_RSHIFT(frame.width, to_desc.log2_chroma_w) : frame.width;
    const int height = chroma ? AV_CEIL_RSHIFT(frame.height, to_desc.log2_chroma_h) : frame.height;
    const std::uint32_t most = (1U << from_desc.comp[c].depth) - 1;
    const std::uint32_t to_most = (1U << to_desc.comp[c].depth) - 1;
    for (int y = 0; y < height; ++y) {
      av_read_image_line2(row.data(), data, frame.linesize, &from_desc, 0, y, c, width, 0,
                          sizeof(row[0]));
      // RGB of few bits: from black to white in both.
      if (most < to_most && is_rgb(to))
        for (std::uint32_t& value : row) value = value * to_most / most;
      const int plane = to_desc.comp[c].plane;
      std::uint8_t* const out = made_->data[plane] + y * made_->linesize[plane];
      if (to_desc.comp[c].depth > 8)
        std::copy_n(row.begin(), width, reinterpret_cast<std::uint16_t*>(out));
      else
        std::copy_n(row.begin(), width, out);
    }
  }
}

/// Cb Y Y Cr Y Y for four pixels: two steps between samples of luma, which FFmpeg's description cannot say, and
/// which swscale does not read.
void Planar::read_uyyvyy411(const AVFrame& frame) {
  constexpr int kLuma[4] = {1, 2, 4, 5};
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* const from = frame.data[0] + y * frame.linesize[0];
    const auto row = [&](int plane) { return made_->data[plane] + y * made_->linesize[plane]; };
    for (int x = 0; x < frame.width; ++x) row(0)[x] = from[x / 4 * 6 + kLuma[x % 4]];
    for (int x = 0; x < AV_CEIL_RSHIFT(frame.width, 2); ++x) {
      row(1)[x] = from[x * 6];
      row(2)[x] = from[x * 6 + 3];
    }
  }
}

void Planar::unpack(const AVFrame& frame, AVPixelFormat to) {
  context_ = sws_getCachedContext(
      context_, frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width,
      frame.height, to, SWS_POINT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT,
      nullptr, nullptr, nullptr);
  if (context_ == nullptr) {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw std::runtime_error(fmt::format("pictures of format {} cannot be read by this FFmpeg",
                                         name != nullptr ? name : "unknown"));
  }
  // The same range on both sides: the values stay what they are.
  const int* matrix = sws_getCoefficients(SWS_CS_DEFAULT);
  const int neutral = 1 << 16;
  (void)sws_setColorspaceDetails(context_, matrix, 1, matrix, 1, 0, neutral, neutral);
  if (sws_scale(context_, frame.data, frame.linesize, 0, frame.height, made_->data,
                made_->linesize) < 0)
    throw std::runtime_error("unpack a picture: FFmpeg refused");
}

}  // namespace latham::viewer
