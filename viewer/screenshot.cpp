// SPDX-License-Identifier: MIT
#include "viewer/screenshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "system/error.h"
#include "system/unique_fd.h"
#include "viewer/picture.h"

namespace latham::viewer {
namespace {

AVPixelFormat png_format(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  if (desc == nullptr) return AV_PIX_FMT_RGB24;
  const bool alpha = (desc->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (desc->comp[0].depth > 8) return alpha ? AV_PIX_FMT_RGBA64BE : AV_PIX_FMT_RGB48BE;
  return alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
}

[[noreturn]] void refuse(const char* what, int code) {
  throw std::runtime_error(fmt::format("{}: {}", what, media::error_text(code)));
}

void write_all(int fd, const std::string& bytes, const std::string& path) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t wrote = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) throw_errno(fmt::format("write '{}'", path));
    at += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

std::string png_of(const AVFrame& frame) {
  const AVPixelFormat format = png_format(static_cast<AVPixelFormat>(frame.format));
  Picture picture;
  Converter(format).convert(frame, {frame.width, frame.height}, picture);

  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) throw std::runtime_error("this FFmpeg was built without its png encoder");
  const media::CodecContext context(media::checked(avcodec_alloc_context3(codec)));
  context->width = frame.width;
  context->height = frame.height;
  context->pix_fmt = format;
  context->time_base = {1, 1};
  context->sample_aspect_ratio = frame.sample_aspect_ratio;
  context->color_range = AVCOL_RANGE_JPEG;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
    refuse("open the png encoder", code);

  const media::Frame rgb = media::make_frame();
  rgb->format = format;
  rgb->width = frame.width;
  rgb->height = frame.height;
  rgb->color_range = AVCOL_RANGE_JPEG;
  rgb->data[0] = picture.pixels.data();
  rgb->linesize[0] = picture.stride;
  const media::Packet packet = media::make_packet();
  if (const int code = avcodec_send_frame(context.get(), rgb.get()); code < 0)
    refuse("encode a png", code);
  if (const int code = avcodec_receive_packet(context.get(), packet.get()); code < 0)
    refuse("encode a png", code);
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

std::string save_screenshot(const AVFrame& frame, const std::string& folder) {
  constexpr int kLast = 9999;
  const std::string bytes = png_of(frame);
  for (int number = 1; number <= kLast; ++number) {
    const std::string path = fmt::format("{}/latham-{:04}.png", folder, number);
    const UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!fd && errno == EEXIST) continue;
    if (!fd) throw_errno(fmt::format("create '{}'", path));
    write_all(fd.get(), bytes, path);
    return path;
  }
  throw std::runtime_error(
      fmt::format("'{}' has latham-0001.png to latham-{}.png already; move some", folder, kLast));
}

}  // namespace latham::viewer
