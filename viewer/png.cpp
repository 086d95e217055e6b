// SPDX-License-Identifier: MIT
#include "viewer/png.h"

#include <fmt/format.h>

#include <stdexcept>

extern "C" {
#include <libavutil/crc.h>
}

namespace latham::viewer {
namespace {

[[noreturn]] void refuse(const char* what, int code) {
  throw std::runtime_error(fmt::format("{}: {}", what, media::error_text(code)));
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

/// Coding-independent code points, as ITU-T H.273 numbers them, which FFmpeg does too. Its encoder knows
/// this chunk only in later versions.
std::string cicp_chunk(const PngImage& image) {
  constexpr char kNoMatrix = 0;
  constexpr char kFullRange = 1;
  const bool is_said = image.primaries != AVCOL_PRI_UNSPECIFIED;
  std::string chunk = "cICP";
  chunk += static_cast<char>(is_said ? image.primaries : AVCOL_PRI_BT709);
  chunk +=
      static_cast<char>(image.transfer != AVCOL_TRC_UNSPECIFIED ? image.transfer : AVCOL_TRC_BT709);
  chunk += kNoMatrix;
  chunk += kFullRange;
  const std::uint32_t crc =
      ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), ~0U,
              reinterpret_cast<const std::uint8_t*>(chunk.data()), chunk.size());
  return big_endian(static_cast<std::uint32_t>(chunk.size() - 4)) + chunk + big_endian(crc);
}

}  // namespace

std::string encode_png(PngImage& image) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) throw std::runtime_error("this FFmpeg was built without its png encoder");
  const media::CodecContext context(media::checked(avcodec_alloc_context3(codec)));
  context->width = image.size.width;
  context->height = image.size.height;
  if (image.alpha)
    context->pix_fmt = image.deep ? AV_PIX_FMT_RGBA64BE : AV_PIX_FMT_RGBA;
  else
    context->pix_fmt = image.deep ? AV_PIX_FMT_RGB48BE : AV_PIX_FMT_RGB24;
  context->time_base = {1, 1};
  context->sample_aspect_ratio = image.sample_aspect;
  context->color_range = AVCOL_RANGE_JPEG;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
    refuse("open the png encoder", code);

  const media::Frame picture = media::make_frame();
  picture->format = context->pix_fmt;
  picture->width = image.size.width;
  picture->height = image.size.height;
  picture->color_range = AVCOL_RANGE_JPEG;
  picture->data[0] = image.bytes.data();
  picture->linesize[0] = image.size.width * (image.alpha ? 4 : 3) * (image.deep ? 2 : 1);
  const media::Packet packet = media::make_packet();
  if (const int code = avcodec_send_frame(context.get(), picture.get()); code < 0)
    refuse("encode a png", code);
  if (const int code = avcodec_receive_packet(context.get(), packet.get()); code < 0)
    refuse("encode a png", code);
  std::string file(reinterpret_cast<const char*>(packet->data),
                   static_cast<std::size_t>(packet->size));
  // Before everything but the signature and the header, which are of this length.
  constexpr std::size_t kHeader = 8 + 25;
  if (image.primaries != AVCOL_PRI_UNSPECIFIED || image.transfer != AVCOL_TRC_UNSPECIFIED)
    file.insert(kHeader, cicp_chunk(image));
  return file;
}

}  // namespace latham::viewer
