// SPDX-License-Identifier: MIT
#include "viewer/screenshot.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "system/error.h"
#include "system/unique_fd.h"
#include "system/write_all.h"
#include "viewer/png.h"

namespace latham::viewer {
namespace {

bool is_deep(const AVFrame& frame) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  return desc != nullptr && desc->comp[0].depth > 8;
}

/// What lies behind a frame's pixels, row after row, as values up to `most`; empty without alpha.
std::vector<std::uint16_t> alpha_of(const AVFrame& frame, std::uint32_t most) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (desc == nullptr || (desc->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) return {};
  const bool palette = (desc->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  const int part = palette ? 3 : desc->nb_components - 1;
  const std::uint32_t own_most = palette ? 255 : (1U << desc->comp[part].depth) - 1;
  const std::uint8_t* data[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  std::vector<std::uint32_t> row(static_cast<std::size_t>(frame.width));
  std::vector<std::uint16_t> alpha;
  alpha.reserve(row.size() * static_cast<std::size_t>(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    av_read_image_line2(row.data(), data, frame.linesize, desc, 0, y, part, frame.width,
                        palette ? 1 : 0, sizeof(row[0]));
    for (const std::uint32_t value : row)
      alpha.push_back(static_cast<std::uint16_t>((value * most + own_most / 2) / own_most));
  }
  return alpha;
}

/// Red, green, blue and, where there is some, alpha beside each other, upright; words in network
/// order, as PNG wants them.
template <class Sample>
std::vector<std::uint8_t> interleaved(const RgbPlanes& rgb, const std::vector<std::uint16_t>& alpha,
                                      Orientation orientation) {
  const Size size = orientation.turned(rgb.size);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4 *
                sizeof(Sample));
  const auto put = [&](std::uint32_t value) {
    if constexpr (sizeof(Sample) == 2) bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xFF));
  };
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const Point at = orientation.source_of({x, y}, rgb.size);
      for (int part = 0; part < 3; ++part) put(rgb.row<Sample>(part, at.y)[at.x]);
      if (!alpha.empty())
        put(alpha[static_cast<std::size_t>(at.y) * static_cast<std::size_t>(rgb.size.width) +
                  static_cast<std::size_t>(at.x)]);
    }
  }
  return bytes;
}

}  // namespace

std::string png_of(const AVFrame& frame, Orientation orientation) {
  const bool deep = is_deep(frame);
  Converter converter;
  const RgbPlanes& rgb =
      converter.planes(frame, deep ? RgbPlanes::Sample::word : RgbPlanes::Sample::byte);
  const std::vector<std::uint16_t> alpha = alpha_of(frame, deep ? 0xFFFF : 0xFF);
  PngImage image{orientation.turned(rgb.size), deep, !alpha.empty()};
  image.bytes = deep ? interleaved<std::uint16_t>(rgb, alpha, orientation)
                     : interleaved<std::uint8_t>(rgb, alpha, orientation);
  const AVRational sar = frame.sample_aspect_ratio;
  image.sample_aspect = orientation.transposed && sar.num > 0 ? AVRational{sar.den, sar.num} : sar;
  if (const Colour colour = colour_of(frame);
      colour.is_hdr() || colour.has_other_primaries() || colour.has_other_curve()) {
    image.transfer = colour.transfer;
    // HDR that does not say is BT.2020 by its standards.
    image.primaries = colour.is_hdr() && colour.primaries == AVCOL_PRI_UNSPECIFIED
                          ? AVCOL_PRI_BT2020
                          : colour.primaries;
  }
  return encode_png(image);
}

std::string png_of(const Picture& picture) {
  PngImage image{picture.size};
  image.bytes.reserve(picture.pixels.size() * 3);
  for (const std::uint32_t pixel : picture.pixels)
    for (const int shift : {16, 8, 0})
      image.bytes.push_back(static_cast<std::uint8_t>(pixel >> shift & 0xFF));
  return encode_png(image);
}

namespace {

std::string png_of(const Taken& taken) {
  return png_of(*taken.frame, orientation_of(*taken.frame, taken.note));
}

/// False where a file of that name is there.
bool write_new(const std::string& path, const std::string& bytes) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd && errno == EEXIST) return false;
  if (!fd) throw_errno(fmt::format("create '{}'", path));
  if (!write_all(fd.get(), std::as_bytes(std::span(bytes))))
    throw_errno(fmt::format("write '{}'", path));
  return true;
}

/// Under the first number that is free for that form of name.
std::string write_numbered(const std::string& folder, std::string_view suffix,
                           const std::string& bytes) {
  constexpr int kLast = 9999;
  for (int number = 1; number <= kLast; ++number) {
    const std::string path = fmt::format("{}/latham-{:04}{}.png", folder, number, suffix);
    if (write_new(path, bytes)) return path;
  }
  throw std::runtime_error(
      fmt::format("'{}' has latham-0001{}.png to latham-{}{}.png already; move some", folder,
                  suffix, kLast, suffix));
}

}  // namespace

std::string save_screenshot(const Taken& output, const Taken* source, const std::string& folder) {
  const std::string path = write_numbered(folder, "", png_of(output));
  const std::string stem = path.substr(0, path.size() - std::string_view(".png").size());
  if (source != nullptr) (void)write_new(stem + "-source.png", png_of(*source));
  return path;
}

std::string save_window(const Picture& window, const std::string& folder) {
  return write_numbered(folder, "-window", png_of(window));
}

}  // namespace latham::viewer
