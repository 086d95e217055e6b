// SPDX-License-Identifier: MIT
#include "encoder/attachment.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "system/failure.h"

extern "C" {
#include <libavutil/mem.h>
}

namespace latham::encoder {
namespace {

/// Fonts and covers; the container's muxer holds it in memory.
constexpr std::size_t kMostBytes = std::size_t{256} << 20U;

std::vector<char> read_all(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> bytes;
  std::array<char, std::size_t{64} << 10U> part;
  // No more than tells that it is too large: a device may have no end.
  while (bytes.size() <= kMostBytes && (in.read(part.data(), part.size()), in.gcount() > 0))
    bytes.insert(bytes.end(), part.begin(), part.begin() + in.gcount());
  if (!in.is_open() || in.bad())
    throw StageFailure(FailureKind::input,
                       fmt::format("-attach '{}': {}", file, std::strerror(errno)));
  if (bytes.empty() || bytes.size() > kMostBytes)
    throw StageFailure(FailureKind::input,
                       fmt::format("-attach '{}': {}; must be 1 byte to {} MiB", file,
                                   bytes.empty() ? "empty" : "too large", kMostBytes >> 20U));
  return bytes;
}

}  // namespace

media::StreamEntry attachment(const std::string& file) {
  const std::vector<char> bytes = read_all(file);
  media::StreamEntry entry;
  entry.index = -1;
  entry.time_base = {1, 90000};  // FFmpeg's, where none is given
  entry.copied_clock = {entry.time_base, entry.time_base, entry.time_base};
  entry.tags = {{"filename", std::filesystem::path(file).filename()}};
  entry.parameters.reset(media::checked(avcodec_parameters_alloc()));
  AVCodecParameters& par = *entry.parameters;
  par.codec_type = AVMEDIA_TYPE_ATTACHMENT;
  par.extradata = static_cast<std::uint8_t*>(
      media::checked(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE)));
  par.extradata_size = static_cast<int>(bytes.size());
  std::memcpy(par.extradata, bytes.data(), bytes.size());
  return entry;
}

}  // namespace latham::encoder
