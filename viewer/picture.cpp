// SPDX-License-Identifier: MIT
#include "viewer/picture.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <zimg++.hpp>

namespace latham::viewer {
namespace {

constexpr std::size_t kAlign = 64;

struct FreeAligned {
  void operator()(std::byte* p) const noexcept { std::free(p); }
};
using Aligned = std::unique_ptr<std::byte, FreeAligned>;

Aligned allocate(std::size_t bytes) {
  const std::size_t whole = (bytes + kAlign - 1) / kAlign * kAlign;
  auto* p = static_cast<std::byte*>(std::aligned_alloc(kAlign, std::max(whole, kAlign)));
  if (p == nullptr) throw std::bad_alloc();
  return Aligned(p);
}

std::size_t bytes_of(RgbPlanes::Sample sample) {
  return sample == RgbPlanes::Sample::byte ? 1 : sample == RgbPlanes::Sample::word ? 2 : 4;
}

zimg_chroma_location_e siting_of(AVChromaLocation siting) {
  // Not said means the left one, as in MPEG-2 and all after it.
  return siting == AVCHROMA_LOC_UNSPECIFIED
             ? ZIMG_CHROMA_LEFT
             : static_cast<zimg_chroma_location_e>(siting - AVCHROMA_LOC_LEFT);
}

zimgxx::zimage_format source_format(AVPixelFormat format, Size size, Size shown,
                                    const Colour& colour, AVChromaLocation siting) {
  const AVPixFmtDescriptor& desc = *av_pix_fmt_desc_get(format);
  zimgxx::zimage_format f;
  f.width = static_cast<unsigned>(size.width);
  f.height = static_cast<unsigned>(size.height);
  if (!(shown == size)) f.active_region = {0, 0, double(shown.width), double(shown.height)};
  f.depth = static_cast<unsigned>(desc.comp[0].depth);
  f.pixel_type = (desc.flags & AV_PIX_FMT_FLAG_FLOAT) != 0 ? ZIMG_PIXEL_FLOAT
                 : f.depth > 8                             ? ZIMG_PIXEL_WORD
                                                           : ZIMG_PIXEL_BYTE;
  f.pixel_range = colour.full_range ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED;
  if (is_grey(format)) {
    f.color_family = ZIMG_COLOR_GREY;
  } else if (is_rgb(format)) {
    f.color_family = ZIMG_COLOR_RGB;
    f.matrix_coefficients = ZIMG_MATRIX_RGB;
  } else {
    f.color_family = ZIMG_COLOR_YUV;
    f.subsample_w = desc.log2_chroma_w;
    f.subsample_h = desc.log2_chroma_h;
    f.matrix_coefficients = static_cast<zimg_matrix_coefficients_e>(colour.matrix);
    f.chroma_location = siting_of(siting);
  }
  return f;
}

/// zimg's number, which is FFmpeg's, where zimg knows it.
zimg_transfer_characteristics_e transfer_of(AVColorTransferCharacteristic transfer) {
  switch (transfer) {
    case AVCOL_TRC_UNSPECIFIED:
    case AVCOL_TRC_RESERVED0:
    case AVCOL_TRC_RESERVED:
    case AVCOL_TRC_BT1361_ECG:  // BT.709's, but for what lies outside of black and white
    case AVCOL_TRC_SMPTE428:    // where a matrix works on light; else convert() made light of it
      return ZIMG_TRANSFER_BT709;
    default:
      return static_cast<zimg_transfer_characteristics_e>(transfer);
  }
}

/// These matrices work on light, not on code values, or are made from the primaries: zimg must know both.
void set_own_light(const Colour& colour, zimgxx::zimage_format& from, zimgxx::zimage_format& to) {
  const bool of_light = colour.matrix == AVCOL_SPC_BT2020_CL || colour.matrix == AVCOL_SPC_ICTCP ||
                        colour.matrix == AVCOL_SPC_CHROMA_DERIVED_CL;
  const bool of_primaries =
      colour.matrix == AVCOL_SPC_CHROMA_DERIVED_NCL || colour.matrix == AVCOL_SPC_CHROMA_DERIVED_CL;
  if (of_light) from.transfer_characteristics = transfer_of(colour.transfer);
  if (of_primaries)
    from.color_primaries = colour.has_other_primaries()
                               ? static_cast<zimg_color_primaries_e>(colour.primaries)
                               : ZIMG_PRIMARIES_BT709;
  to.transfer_characteristics = from.transfer_characteristics;
  to.color_primaries = from.color_primaries;
}

/// What the screen of the usual kind needs, beyond that.
void set_screens_light(const Colour& colour, bool to_light, zimgxx::zimage_format& from,
                       zimgxx::zimage_format& to) {
  if (to_light || colour.has_other_primaries() || colour.has_other_curve()) {
    from.transfer_characteristics = to.transfer_characteristics = transfer_of(colour.transfer);
    if (colour.has_other_curve()) to.transfer_characteristics = ZIMG_TRANSFER_IEC_61966_2_1;
    if (to_light) to.transfer_characteristics = ZIMG_TRANSFER_LINEAR;
  }
  if (to_light || colour.has_other_primaries()) {
    // HDR that does not say is BT.2020 by its standards.
    const bool unsaid = !colour.has_other_primaries() && colour.primaries != AVCOL_PRI_BT709;
    from.color_primaries = colour.has_other_primaries()
                               ? static_cast<zimg_color_primaries_e>(colour.primaries)
                           : to_light && unsaid ? ZIMG_PRIMARIES_BT2020
                                                : ZIMG_PRIMARIES_BT709;
    to.color_primaries = ZIMG_PRIMARIES_BT709;
  }
}

}  // namespace

struct Converter::Graph {
  zimgxx::FilterGraph graph;
  Aligned temporary;
  Aligned planes[3];
};

Converter::Converter() = default;
Converter::~Converter() = default;

void Converter::build(const Kind& kind) {
  kind_ = {};
  const auto format = static_cast<AVPixelFormat>(kind.format);
  zimgxx::zimage_format from =
      source_format(format, kind.from, kind.shown, kind.colour, kind.siting);
  zimgxx::zimage_format to;
  to.width = static_cast<unsigned>(kind.to.width);
  to.height = static_cast<unsigned>(kind.to.height);
  to.color_family = ZIMG_COLOR_RGB;
  to.matrix_coefficients = ZIMG_MATRIX_RGB;
  to.pixel_range = ZIMG_RANGE_FULL;
  to.pixel_type = kind.sample == RgbPlanes::Sample::byte   ? ZIMG_PIXEL_BYTE
                  : kind.sample == RgbPlanes::Sample::word ? ZIMG_PIXEL_WORD
                                                           : ZIMG_PIXEL_FLOAT;
  to.depth = static_cast<unsigned>(8 * bytes_of(kind.sample));
  set_own_light(kind.colour, from, to);
  if (kind.for_screen)
    set_screens_light(kind.colour, kind.sample == RgbPlanes::Sample::light, from, to);
  zimgxx::zfilter_graph_builder_params params;
  params.nominal_peak_luminance = kWhiteNits;
  params.allow_approximate_gamma = 1;
  auto graph = std::make_unique<Graph>();
  try {
    graph->graph = zimgxx::FilterGraph::build(from, to, &params);
    graph->temporary = allocate(graph->graph.get_tmp_size());
  } catch (const zimgxx::zerror& error) {
    throw std::runtime_error(fmt::format("show {}x{} {} frames, {}: {}", kind.shown.width,
                                         kind.shown.height, av_get_pix_fmt_name(format),
                                         kind.colour.text(), error.msg));
  }
  const std::size_t row = static_cast<std::size_t>(kind.to.width) * bytes_of(kind.sample);
  const std::size_t stride = (row + kAlign - 1) / kAlign * kAlign;
  rgb_ = {kind.to, kind.sample, static_cast<std::ptrdiff_t>(stride), {}};
  for (std::size_t p = 0; p < 3; ++p) {
    graph->planes[p] = allocate(stride * static_cast<std::size_t>(kind.to.height));
    rgb_.plane[p] = graph->planes[p].get();
  }
  graph_ = std::move(graph);
  kind_ = kind;
}

void Converter::run(const AVFrame& given, Size size, RgbPlanes::Sample sample, bool for_screen) {
  const AVFrame& frame = planar_.of(given);
  const Kind kind{frame.format,
                  {frame.width, frame.height},
                  {given.width, given.height},
                  size,
                  colour_of(given),
                  frame.chroma_location,
                  sample,
                  for_screen};
  if (!graph_ || !(kind == kind_)) build(kind);
  // FFmpeg's planar RGB lies as G, B, R.
  constexpr int kRgbOrder[3] = {2, 0, 1};
  zimgxx::zimage_buffer_const from;
  const int planes = is_grey(static_cast<AVPixelFormat>(frame.format)) ? 1 : 3;
  for (int p = 0; p < planes; ++p) {
    const int lies = is_rgb(static_cast<AVPixelFormat>(frame.format)) ? kRgbOrder[p] : p;
    from.plane[p].data = frame.data[lies];
    from.plane[p].stride = frame.linesize[lies];
    from.plane[p].mask = ZIMG_BUFFER_MAX;
  }
  zimgxx::zimage_buffer to;
  for (int p = 0; p < 3; ++p) {
    to.plane[p].data = rgb_.plane[p];
    to.plane[p].stride = rgb_.stride;
    to.plane[p].mask = ZIMG_BUFFER_MAX;
  }
  try {
    graph_->graph.process(from, to, graph_->temporary.get());
  } catch (const zimgxx::zerror& error) {
    throw std::runtime_error(fmt::format("convert a picture: {}", error.msg));
  }
}

const RgbPlanes& Converter::planes(const AVFrame& frame, RgbPlanes::Sample sample) {
  run(frame, {frame.width, frame.height}, sample, false);
  return rgb_;
}

namespace {

/// Puts each pixel where it belongs once the picture stands upright.
template <class T, class Colour>
void place(const RgbPlanes& from, Orientation orientation, Picture& out, Colour&& colour) {
  for (int y = 0; y < out.size.height; ++y) {
    std::uint32_t* to = &out.at(0, y);
    if (orientation == Orientation{}) {
      const T* r = from.row<T>(0, y);
      const T* g = from.row<T>(1, y);
      const T* b = from.row<T>(2, y);
      for (int x = 0; x < out.size.width; ++x) to[x] = colour(r[x], g[x], b[x]);
      continue;
    }
    for (int x = 0; x < out.size.width; ++x) {
      const Point at = orientation.source_of({x, y}, from.size);
      to[x] = colour(from.row<T>(0, at.y)[at.x], from.row<T>(1, at.y)[at.x],
                     from.row<T>(2, at.y)[at.x]);
    }
  }
}

std::uint32_t packed(std::uint32_t r, std::uint32_t g, std::uint32_t b) {
  return 0xFF000000U | r << 16 | g << 8 | b;
}

}  // namespace

void Converter::convert(const AVFrame& frame, Orientation orientation, Size size, Picture& out) {
  if (colour_of(frame).is_cinema()) {
    if (!of_light_) of_light_ = std::make_unique<Converter>();
    of_light_->convert(cinema_.of(frame, planes(frame, RgbPlanes::Sample::light)), orientation,
                       size, out);
    return;
  }
  const bool hdr = colour_of(frame).is_hdr();
  run(frame, orientation.turned(size), hdr ? RgbPlanes::Sample::light : RgbPlanes::Sample::byte,
      true);
  out.resize(size);
  if (!hdr) {
    place<std::uint8_t>(rgb_, orientation, out, packed);
    return;
  }
  const double peak = peak_nits_of(frame);
  if (!tone_map_ || tone_map_->asked_nits() != peak) tone_map_.emplace(peak);
  place<float>(rgb_, orientation, out, [this](float r, float g, float b) {
    tone_map_->map(r, g, b);
    return packed(tone_map_->code(r), tone_map_->code(g), tone_map_->code(b));
  });
}

}  // namespace latham::viewer
