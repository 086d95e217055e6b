// SPDX-License-Identifier: MIT
#include "media/nearest_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "system/nearest.h"

namespace latham::media {
namespace {

/// What people call some codecs, and FFmpeg's name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOtherNames = {
    {{"h265", "hevc"},
     {"x265", "hevc"},
     {"x264", "h264"},
     {"avc", "h264"},
     {"xvid", "mpeg4"},
     {"mpeg2", "mpeg2video"},
     {"ogg", "vorbis"}}};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

const AVCodec* codec_called(std::string_view name, bool encoder) {
  for (const auto& [other, usual] : kOtherNames)
    if (name == other) name = usual;
  const std::string word(name);
  const AVCodec* codec = encoder ? avcodec_find_encoder_by_name(word.c_str())
                                 : avcodec_find_decoder_by_name(word.c_str());
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(word.c_str());
  if (codec == nullptr && descriptor != nullptr)
    codec = encoder ? avcodec_find_encoder(descriptor->id) : avcodec_find_decoder(descriptor->id);
  return codec;
}

}  // namespace

std::string nearest_codec(const std::string& name, AVMediaType type, bool encoder) {
  const std::string word = lower(name);
  if (const AVCodec* codec = codec_called(word, encoder)) {
    if (codec->type == type) return fmt::format(" did you mean '{}'?", codec->name);
    const char* other = av_get_media_type_string(codec->type);
    return fmt::format(" it is one for {}; write -c:{} {}", other, other[0], name);
  }
  std::vector<std::string> known;
  void* at = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&at))
    if (codec->type == type &&
        (encoder ? av_codec_is_encoder(codec) : av_codec_is_decoder(codec)) != 0)
      known.emplace_back(codec->name);
  std::string_view near = nearest(word, known);
  if (near.empty() && word.size() > 2) {
    const auto part = std::find_if(known.begin(), known.end(), [&](const std::string& candidate) {
      return candidate.find(word) != std::string::npos;
    });
    if (part != known.end()) near = *part;
  }
  return near.empty() ? "" : fmt::format(" did you mean '{}'?", near);
}

}  // namespace latham::media
